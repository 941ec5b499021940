import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

// Fields of one name with different types: the planner selects them under other names, and renames them in the response.
export const subgraphs: SubgraphDefinitions = {
  depot: {
    typeDefs: `
      type Query { wares: [Ware] }
      union Ware = Bolt | Paint | Rope
      type Bolt @key(fields: "id") { id: ID! size: Int! tags: [String] }
      type Paint @key(fields: "id") { id: ID! size: Int tags: [String!]! }
      type Rope @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        wares: () => [
          { __typename: 'Bolt', id: '1', size: 8, tags: ['steel', null] },
          { __typename: 'Paint', id: '2', size: null, tags: [] },
          { __typename: 'Rope', id: '3' },
          { __typename: 'Bolt', id: '4', size: 9, tags: null },
        ],
      },
    },
  },
  lengths: {
    typeDefs: `
      interface Sized { size: Int }
      type Rope implements Sized @key(fields: "id") { id: ID! size: Int tags: [String] next: Sized }
      type Chain implements Sized { size: Int! }`,
    resolvers: {
      Rope: {
        __resolveReference: fromRows([
          { id: '3', size: 100, tags: null, next: { __typename: 'Chain', size: 4 } },
        ]),
      },
    },
  },
}
