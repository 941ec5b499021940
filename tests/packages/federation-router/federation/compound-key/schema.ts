import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  stops: {
    typeDefs: `
      type Query { stops: [Stop!]! }
      type Stop @key(fields: "line number") { line: String! number: Int! }`,
    resolvers: {
      Query: {
        stops: () => [
          { line: 'U1', number: 1 },
          { line: 'U1', number: 2 },
          { line: 'U2', number: 1 },
        ],
      },
    },
  },
  names: {
    typeDefs: `type Stop @key(fields: "line number") { line: String! number: Int! name: String }`,
    resolvers: {
      Stop: {
        __resolveReference: fromRows([
          { line: 'U1', number: 1, name: 'Harbour' },
          { line: 'U1', number: 2, name: 'Mill' },
          { line: 'U2', number: 1, name: 'Castle' },
        ]),
      },
    },
  },
}
