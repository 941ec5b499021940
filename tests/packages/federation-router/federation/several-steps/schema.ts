import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

// Persons, towns and clubs refer to each other.
export const subgraphs: SubgraphDefinitions = {
  persons: {
    typeDefs: `
      type Query { me: Person people: [Person!]! }
      type Person @key(fields: "id") { id: ID! name: String! home: Town }
      type Town @key(fields: "id") { id: ID! mayor: Person }`,
    resolvers: {
      Query: { me: () => ({ id: 'p1', name: 'Ada', home: { id: 't1' } }), people: () => people },
      Person: { __resolveReference: (reference: { id: string }) => fromRows(people)(reference) },
      Town: {
        __resolveReference: fromRows([
          { id: 't1', mayor: { id: 'p2', name: 'Bob', home: { id: 't2' } } },
          { id: 't2', mayor: null },
        ]),
      },
    },
  },
  towns: {
    typeDefs: `
      type Town @key(fields: "id") { id: ID! title: String clubs: [Club] }
      type Club @key(fields: "id") { id: ID! }`,
    resolvers: {
      Town: {
        __resolveReference: fromRows([
          { id: 't1', title: 'Arth', clubs: [{ id: 'c1' }, null, { id: 'c2' }] },
          { id: 't2', title: null, clubs: [] },
        ]),
      },
    },
  },
  clubs: {
    typeDefs: `
      type Club @key(fields: "id") { id: ID! motto: String members: [Person!]! }
      type Person @key(fields: "id") { id: ID! clubs: [Club!] }`,
    resolvers: {
      Club: {
        __resolveReference: fromRows([
          { id: 'c1', motto: 'On!', members: [{ id: 'p1' }, { id: 'p2' }] },
          { id: 'c2', motto: null, members: [] },
        ]),
      },
      Person: {
        __resolveReference: fromRows([
          { id: 'p1', clubs: [{ id: 'c1', motto: 'On!', members: [{ id: 'p2' }] }] },
          { id: 'p2', clubs: null },
        ]),
      },
    },
  },
}

const people = [
  { id: 'p1', name: 'Ada', home: { id: 't1' } },
  { id: 'p2', name: 'Bob', home: { id: 't2' } },
  { id: 'p3', name: 'Cyd', home: null },
]
