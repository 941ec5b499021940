import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

// Every field returns the JSON text of the arguments that its subgraph received.
const seen = (_: unknown, args: unknown) => JSON.stringify(args)

const shared = `
  scalar Json
  enum Order { UP DOWN }
  input Page { first: Int! = 2, order: Order = UP, tags: [String!], inner: Page }`

export const subgraphs: SubgraphDefinitions = {
  front: {
    typeDefs: `${shared}
      type Query {
        list(page: Page, ids: [ID!], flag: Boolean = true, any: Json): String
        thing(id: ID!): Thing
      }
      type Thing @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { list: seen, thing: (_: unknown, { id }: { id: string }) => ({ id }) },
    },
  },
  back: {
    typeDefs: `${shared}
      type Thing @key(fields: "id") {
        id: ID!
        args(page: Page, ids: [ID], number: Float = 1.5, text: String = "a\\"b", matrix: [[Int]], any: Json): String
      }`,
    resolvers: {
      Thing: { __resolveReference: fromRows([{ id: '1' }, { id: '2' }]), args: seen },
    },
  },
}
