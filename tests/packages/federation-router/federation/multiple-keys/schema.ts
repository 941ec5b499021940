import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

// The catalogue has the ISBN, sales have the number, and only the registry has both.
export const subgraphs: SubgraphDefinitions = {
  catalogue: {
    typeDefs: `
      type Query { byIsbn(isbn: ID!): Edition editions: [Edition!]! }
      type Edition @key(fields: "isbn") { isbn: ID! title: String }`,
    resolvers: {
      Query: {
        byIsbn: (_: unknown, { isbn }: { isbn: string }) => ({ isbn, title: `Title of ${isbn}` }),
        editions: () => [
          { isbn: '978-1', title: 'One' },
          { isbn: '978-2', title: 'Two' },
          { isbn: '978-9', title: 'In no registry' },
        ],
      },
      Edition: { __resolveReference: ({ isbn }: { isbn: string }) => ({ isbn, title: `Title of ${isbn}` }) },
    },
  },
  registry: {
    typeDefs: `type Edition @key(fields: "isbn") @key(fields: "number") { isbn: ID! number: Int }`,
    resolvers: {
      Edition: {
        __resolveReference: fromRows([
          { isbn: '978-1', number: 1 },
          { isbn: '978-2', number: 2 },
        ]),
      },
    },
  },
  sales: {
    typeDefs: `
      type Query { bestseller: Edition }
      type Edition @key(fields: "number") { number: Int sold: Int }`,
    resolvers: {
      Query: { bestseller: () => ({ number: 2, sold: 900 }) },
      Edition: {
        __resolveReference: fromRows([
          { number: 1, sold: 10 },
          { number: 2, sold: 900 },
        ]),
      },
    },
  },
}
