import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  people: {
    typeDefs: `
      type Query { person(id: ID!): Person }
      type Person @key(fields: "id") { id: ID! name: String }`,
    resolvers: {
      Query: { person: (_: unknown, { id }: { id: string }) => ({ id, name: `Name ${id}` }) },
      Person: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `Name ${id}` }) },
    },
  },
  pictures: {
    typeDefs: `type Person @key(fields: "id") { id: ID! picture(size: Int! = 10): String friend(nth: Int): Person }`,
    resolvers: {
      Person: {
        __resolveReference: fromRows([{ id: '1' }, { id: '2' }, { id: '3' }]),
        picture: ({ id }: { id: string }, { size }: { size: number }) => `${id}@${size}`,
        friend: ({ id }: { id: string }, { nth = 1 }: { nth?: number }) => ({ id: String(Number(id) + nth) }),
      },
    },
  },
}
