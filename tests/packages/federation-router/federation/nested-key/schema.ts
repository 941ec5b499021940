import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  seats: {
    typeDefs: `
      type Query { seats: [Seat] }
      type Seat @key(fields: "hall { id house { code } } row") { hall: Hall! row: Int! }
      type Hall { id: ID! @shareable house: House! @shareable }
      type House { code: String! @shareable }`,
    resolvers: {
      Query: {
        seats: () => [
          { hall: { id: 'h1', house: { code: 'A' } }, row: 1 },
          null,
          { hall: { id: 'h1', house: { code: 'B' } }, row: 1 },
        ],
      },
    },
  },
  prices: {
    typeDefs: `
      type Seat @key(fields: "hall { id house { code } } row") { hall: Hall! row: Int! price: Float }
      type Hall { id: ID! @shareable house: House! @shareable }
      type House { code: String! @shareable }`,
    resolvers: {
      Seat: {
        __resolveReference: fromRows([
          { hall: { house: { code: 'A' }, id: 'h1' }, row: 1, price: 12.5 },
          { hall: { id: 'h1', house: { code: 'A' } }, row: 1, price: 12.5 },
          { hall: { id: 'h1', house: { code: 'B' } }, row: 1, price: 1e21 },
        ]),
      },
    },
  },
}
