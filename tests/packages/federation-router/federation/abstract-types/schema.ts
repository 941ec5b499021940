import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

const hits = [
  { __typename: 'Song', id: 's1' },
  { __typename: 'Band', id: 'n1' },
  { __typename: 'Note', text: 'No key' },
  null,
  { __typename: 'Song', id: 's2' },
]

export const subgraphs: SubgraphDefinitions = {
  search: {
    typeDefs: `
      type Query { search: [Hit] named: [Named!]! }
      union Hit = Song | Band | Note
      interface Named { id: ID! }
      type Song implements Named @key(fields: "id") { id: ID! }
      type Band implements Named @key(fields: "id") { id: ID! }
      type Note { text: String }`,
    resolvers: {
      Query: { search: () => hits, named: () => [hits[1], hits[0]] },
    },
  },
  music: {
    typeDefs: `
      interface Named { id: ID! name: String }
      type Song implements Named @key(fields: "id") { id: ID! name: String by: Band seconds: Int }
      type Band implements Named @key(fields: "id") { id: ID! name: String songs: [Song!] }`,
    resolvers: {
      Song: {
        __resolveReference: fromRows([
          { id: 's1', name: 'Autobahn', by: { id: 'n1' }, seconds: 1362 },
          { id: 's2', name: 'Tour', by: null, seconds: null },
        ]),
      },
      Band: {
        __resolveReference: fromRows([{ id: 'n1', name: 'Werk', songs: [{ id: 's1', seconds: 1362 }] }]),
      },
    },
  },
}
