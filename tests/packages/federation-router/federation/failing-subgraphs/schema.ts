import type { SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

// The weather is unreachable.
export const subgraphs: SubgraphDefinitions = {
  cities: {
    typeDefs: `
      type Query { city: City cities: [City!] }
      type Mutation { found: City }
      type City @key(fields: "id") { id: ID! name: String }`,
    resolvers: {
      Query: {
        city: () => ({ id: 'c1', name: 'Oslo' }),
        cities: () => [
          { id: 'c1', name: 'Oslo' },
          { id: 'c2', name: 'Rome' },
        ],
      },
      Mutation: { found: () => ({ id: 'c3', name: 'Bern' }) },
    },
  },
  weather: {
    typeDefs: `
      type Query { climate: Climate }
      type Climate { kind: String! }
      type City @key(fields: "id") { id: ID! degrees: Float! rain: Float climate: Climate }`,
    resolvers: {},
    isDown: true,
  },
}
