import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

type Parcel = { weight: number | null; zone?: string; cost?: number }

export const subgraphs: SubgraphDefinitions = {
  goods: {
    typeDefs: `
      type Query { parcels: [Parcel!]! heaviest: Parcel }
      type Parcel @key(fields: "id") { id: ID! weight: Int zone: String! }`,
    resolvers: {
      Query: {
        parcels: () => [
          { id: 'p1', weight: 3, zone: 'north' },
          { id: 'p2', weight: null, zone: 'south' },
          { id: 'p3', weight: 7, zone: 'north' },
        ],
        heaviest: () => ({ id: 'p3', weight: 7, zone: 'north' }),
      },
    },
  },
  shipping: {
    typeDefs: `
      type Parcel @key(fields: "id") {
        id: ID!
        weight: Int @external
        zone: String! @external
        cost(express: Boolean = false): Int @requires(fields: "weight zone")
      }`,
    resolvers: {
      Parcel: {
        __resolveReference: fromRows([{ id: 'p1' }, { id: 'p2' }, { id: 'p3' }]),
        cost: ({ weight, zone }: Parcel, { express }: { express: boolean }) =>
          weight === null ? null : weight * (zone === 'north' ? 10 : 20) * (express ? 2 : 1),
      },
    },
  },
  insurance: {
    typeDefs: `
      type Parcel @key(fields: "id") {
        id: ID!
        cost(express: Boolean = false): Int @external
        premium: Int @requires(fields: "cost(express: true)")
      }`,
    resolvers: {
      Parcel: {
        __resolveReference: fromRows([{ id: 'p1' }, { id: 'p2' }, { id: 'p3' }]),
        premium: ({ cost }: Parcel) => (cost == null ? null : cost + 1),
      },
    },
  },
}
