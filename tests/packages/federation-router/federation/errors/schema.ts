import { GraphQLError } from 'graphql'

import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

const refuse = (code: string) => () => {
  throw new GraphQLError(`Refused: ${code}`, { extensions: { code, secret: 'not for clients' } })
}

export const subgraphs: SubgraphDefinitions = {
  orders: {
    typeDefs: `
      type Query { order: Order orders: [Order!] broken: Int limited: Int! @deprecated }
      type Order @key(fields: "id") { id: ID! note: String lines: [Line!]! }
      type Line { text: String! }`,
    resolvers: {
      Query: {
        order: () => ({ id: '1', lines: [] }),
        orders: () => [
          { id: '1', lines: [{ text: 'one' }] },
          { id: '2', lines: [{ text: 'two' }] },
        ],
        broken: () => {
          throw new Error('connect ECONNREFUSED 10.0.0.7')
        },
        limited: refuse('RATE_LIMITED'),
      },
      Order: { note: refuse('FORBIDDEN') },
    },
  },
  payments: {
    typeDefs: `type Order @key(fields: "id") { id: ID! paid: Boolean card: String parts: [Part] }
      type Part { amount: Int }`,
    resolvers: {
      Order: {
        __resolveReference: fromRows([
          { id: '1', paid: true, parts: [{ amount: 1 }, {}] },
          { id: '2', paid: false, parts: [] },
        ]),
        card: refuse('UNAUTHENTICATED'),
      },
      Part: { amount: ({ amount }: { amount?: number }) => amount ?? refuse('BAD_USER_INPUT')() },
    },
  },
}
