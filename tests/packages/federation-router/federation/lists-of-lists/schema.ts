import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  board: {
    typeDefs: `
      type Query { rows: [[Cell]!]! numbers: [[[Int]]] deep: Grid }
      type Grid { rows: [[Row!]] }
      type Row { cells: [Cell!]! }
      type Cell @key(fields: "at") { at: String! }`,
    resolvers: {
      Query: {
        rows: () => [[{ at: 'a1' }, null, { at: 'a2' }], [], [{ at: 'a1' }]],
        numbers: () => [[[1, null], []], null, [null, [2]]],
        deep: () => ({ rows: [[{ cells: [{ at: 'a2' }] }, { cells: [] }], null] }),
      },
    },
  },
  pieces: {
    typeDefs: `
      type Cell @key(fields: "at") { at: String! piece: Piece moves: [[Cell!]!] }
      type Piece { name: String! }`,
    resolvers: {
      Cell: {
        __resolveReference: fromRows([
          { at: 'a1', piece: { name: 'rook' }, moves: [[{ at: 'a2' }, { at: 'a1' }], []] },
          { at: 'a2', piece: null, moves: null },
        ]),
      },
    },
  },
}
