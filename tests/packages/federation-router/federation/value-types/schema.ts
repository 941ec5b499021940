import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

// Each subgraph has a part of the same values, also in lists.
export const subgraphs: SubgraphDefinitions = {
  sensors: {
    typeDefs: `
      type Query { station: Station stations: [Station!]! }
      type Station @key(fields: "id") { id: ID! latest: Reading @shareable history: [Reading!] @shareable grid: [[Reading]] @shareable }
      type Reading { heat: Float! @shareable meta: Meta @shareable wet: Boolean }
      type Meta { unit: String @shareable }`,
    resolvers: {
      Query: {
        station: () => ({
          id: 's1',
          latest: { heat: 21.5, wet: true, meta: { unit: 'C' } },
          history: [
            { heat: 20, wet: false, meta: null },
            { heat: 19, wet: null, meta: { unit: 'F' } },
          ],
          grid: [[{ heat: 1, wet: true }, null], []],
        }),
        stations: () => [
          { id: 's2', latest: null, history: [], grid: null },
          { id: 's1', latest: { heat: 21.5, wet: true }, history: [{ heat: 20 }, { heat: 19 }], grid: [] },
        ],
      },
    },
  },
  wind: {
    typeDefs: `
      type Station @key(fields: "id") { id: ID! latest: Reading @shareable history: [Reading!] @shareable grid: [[Reading]] @shareable }
      type Reading { heat: Float! @shareable speed: Int meta: Meta @shareable }
      type Meta { unit: String @shareable source: String! }`,
    resolvers: {
      Station: {
        __resolveReference: fromRows([
          {
            id: 's1',
            latest: { heat: 21.5, speed: 7, meta: { unit: 'C', source: 'roof' } },
            history: [
              { heat: 20, speed: 3, meta: null },
              { heat: 19, speed: null, meta: { unit: 'F', source: 'mast' } },
            ],
            grid: [[{ heat: 1, speed: 2 }, null], []],
          },
          { id: 's2', latest: null, history: [], grid: null },
        ]),
      },
    },
  },
}
