import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  carts: {
    typeDefs: `
      type Query { carts: Int }
      type Mutation { put(item: ID!, count: Int = 1): Cart clear: Cart }
      type Cart @key(fields: "id") { id: ID! size: Int }`,
    resolvers: {
      Query: { carts: () => 1 },
      Mutation: {
        put: (_: unknown, { item, count }: { item: string; count: number }) => ({
          id: `c-${item}`,
          size: count,
        }),
        clear: () => ({ id: 'c-0', size: 0 }),
      },
    },
  },
  billing: {
    typeDefs: `
      type Mutation { pay(cart: ID!): Receipt! fail: Int must: Int! }
      type Cart @key(fields: "id") { id: ID! due: Int! }
      type Receipt { cart: Cart number: Int! }`,
    resolvers: {
      Mutation: {
        pay: (_: unknown, { cart }: { cart: string }) => ({ cart: { id: cart, due: 0 }, number: 7 }),
        fail: () => {
          throw new Error('of no concern to clients')
        },
        must: () => {
          throw new Error('of no concern to clients')
        },
      },
      Cart: {
        __resolveReference: fromRows([
          { id: 'c-1', due: 10 },
          { id: 'c-2', due: 20 },
          { id: 'c-0', due: 0 },
        ]),
      },
    },
  },
}
