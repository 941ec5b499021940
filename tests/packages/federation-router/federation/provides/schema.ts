import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  reviews: {
    typeDefs: `
      type Query { latest: [Review!]! @shareable }
      type Review { text: String! by: Writer @provides(fields: "name") about: Writer }
      type Writer @key(fields: "id") { id: ID! name: String @external }`,
    resolvers: {
      Query: {
        latest: () => [
          { text: 'Good', by: { id: 'w1', name: 'Ada' }, about: { id: 'w2' } },
          { text: 'Bad', by: null, about: { id: 'w1' } },
        ],
      },
    },
  },
  writers: {
    typeDefs: `type Writer @key(fields: "id") { id: ID! name: String @shareable born: Int }`,
    resolvers: {
      Writer: {
        __resolveReference: fromRows([
          { id: 'w1', name: 'Ada', born: 1815 },
          { id: 'w2', name: 'Lem', born: 1921 },
        ]),
      },
    },
  },
}
