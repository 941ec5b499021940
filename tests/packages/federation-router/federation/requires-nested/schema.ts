import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

type Route = { legs: { km: number; via: { toll: number } | null }[] | null }

export const subgraphs: SubgraphDefinitions = {
  maps: {
    typeDefs: `
      type Query { routes: [Route]! }
      type Route @key(fields: "id") { id: ID! legs: [Leg!] }
      type Leg { km: Int! via: Pass name: String }
      type Pass { toll: Int! height: Int }`,
    resolvers: {
      Query: {
        routes: () => [
          {
            id: 'r1',
            legs: [
              { km: 4, via: { toll: 2, height: 900 }, name: 'up' },
              { km: 5, via: null, name: 'down' },
            ],
          },
          null,
          { id: 'r2', legs: null },
          { id: 'r3', legs: [] },
        ],
      },
    },
  },
  tolls: {
    typeDefs: `
      type Route @key(fields: "id") {
        id: ID!
        legs: [Leg!] @external
        total: Int @requires(fields: "legs { km via { toll } }")
      }
      type Leg { km: Int! @external via: Pass @external }
      type Pass { toll: Int! @external }`,
    resolvers: {
      Route: {
        __resolveReference: fromRows([{ id: 'r1' }, { id: 'r2' }, { id: 'r3' }]),
        total: ({ legs }: Route) => legs?.reduce((sum, { km, via }) => sum + km + (via?.toll ?? 0), 0),
      },
    },
  },
}
