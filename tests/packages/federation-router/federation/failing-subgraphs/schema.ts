import type { SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

// The weather is unreachable.
export const subgraphs: SubgraphDefinitions = {
  cities: {
    typeDefs: `
      type Query { city: City cities: [City!] spots: [Spot] places: [Place] }
      interface Spot { city: City }
      type Port implements Spot { city: City }
      type Park implements Spot { city: City }
      union Place = City | Region
      type Region @key(fields: "id") { id: ID! }
      type Mutation { found: City }
      type City @key(fields: "id") { id: ID! name: String }`,
    resolvers: {
      Query: {
        city: () => ({ id: 'c1', name: 'Oslo' }),
        cities: () => [
          { id: 'c1', name: 'Oslo' },
          { id: 'c2', name: 'Rome' },
        ],
        spots: () => [
          { __typename: 'Park', city: { id: 'c1', name: 'Oslo' } },
          { __typename: 'Park', city: null },
        ],
        places: () => [{ __typename: 'City', id: 'c1', name: 'Oslo' }],
      },
      Mutation: { found: () => ({ id: 'c3', name: 'Bern' }) },
    },
  },
  weather: {
    typeDefs: `
      type Query { climate: Climate }
      type Climate { kind: String! }
      type Region @key(fields: "id") { id: ID! rain: Float }
      type City @key(fields: "id") { id: ID! degrees: Float! rain: Float climate: Climate }`,
    resolvers: {},
    isDown: true,
  },
}
