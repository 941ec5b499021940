import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  films: {
    typeDefs: `
      type Query { film: Film films: [Film!]! }
      type Film @key(fields: "id") { id: ID! title: String }`,
    resolvers: {
      Query: {
        film: () => ({ id: 'f1', title: 'Solaris' }),
        films: () => [
          { id: 'f1', title: 'Solaris' },
          { id: 'f2', title: 'Mirror' },
        ],
      },
    },
  },
  critics: {
    typeDefs: `type Film @key(fields: "id") { id: ID! score: Int quote(short: Boolean): String }`,
    resolvers: {
      Film: {
        __resolveReference: fromRows([
          { id: 'f1', score: 9 },
          { id: 'f2', score: 8 },
        ]),
        quote: (_: unknown, { short }: { short?: boolean }) => (short ? 'Long.' : 'Very long.'),
      },
    },
  },
}
