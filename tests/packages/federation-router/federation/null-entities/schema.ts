import { GraphQLError } from 'graphql'

import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

const found = fromRows([{ id: '1', name: 'One', nick: 'Uno' }])

export const subgraphs: SubgraphDefinitions = {
  lists: {
    typeDefs: `
      type Query { all: [User] strict: [User!] one(id: ID!): User must(id: ID!): User! pair: Pair }
      type Pair { a: User! b: User }
      type User @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        all: () => [{ id: '1' }, null, { id: 'gone' }, { id: '1' }, { id: 'gone' }],
        strict: () => [{ id: '1' }, { id: 'gone' }],
        one: (_: unknown, { id }: { id: string }) => ({ id }),
        must: (_: unknown, { id }: { id: string }) => ({ id }),
        pair: () => ({ a: { id: 'gone' }, b: { id: '1' } }),
      },
    },
  },
  users: {
    typeDefs: `type User @key(fields: "id") { id: ID! name: String! nick: String }`,
    resolvers: {
      User: {
        __resolveReference: async (reference: { id: string }) => {
          if (reference.id === 'forbidden')
            throw new GraphQLError('Not for you.', { extensions: { code: 'FORBIDDEN' } })
          return found(reference)
        },
      },
    },
  },
}
