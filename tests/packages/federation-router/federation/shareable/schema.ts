import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

const point = { x: 1, y: 2, label: 'here' }

export const subgraphs: SubgraphDefinitions = {
  left: {
    typeDefs: `
      type Query { place: Place both: Point @shareable }
      type Place @key(fields: "id") { id: ID! at: Point @shareable name: String @shareable }
      type Point @shareable { x: Int! y: Int! }`,
    resolvers: {
      Query: { place: () => ({ id: '1', at: point, name: 'Left' }), both: () => point },
      Place: { __resolveReference: fromRows([{ id: '1', at: point, name: 'Left' }]) },
    },
  },
  right: {
    typeDefs: `
      type Query { both: Point @shareable other: Place }
      type Place @key(fields: "id") { id: ID! at: Point @shareable name: String @shareable size: Int }
      type Point @shareable { x: Int! y: Int! label: String }`,
    resolvers: {
      Query: { both: () => point, other: () => ({ id: '1', at: point, name: 'Right', size: 4 }) },
      Place: { __resolveReference: fromRows([{ id: '1', at: point, name: 'Right', size: 4 }]) },
    },
  },
}
