import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  public: {
    typeDefs: `
      "Things to ask."
      type Query { dish(id: ID!): Dish }
      type Dish @key(fields: "id") { id: ID! name: String secret: String @inaccessible }`,
    resolvers: { Query: { dish: (_: unknown, { id }: { id: string }) => ({ id, name: `Dish ${id}` }) } },
  },
  kitchen: {
    typeDefs: `type Dish @key(fields: "id") { id: ID! minutes(raw: Boolean = false): Int @deprecated(reason: "Old") }`,
    resolvers: { Dish: { __resolveReference: fromRows([{ id: '1', minutes: 30 }]) } },
  },
}
