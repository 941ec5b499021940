import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

export const subgraphs: SubgraphDefinitions = {
  shelves: {
    typeDefs: `
      type Query { shelf: [Book!]! first: Book none: Book }
      type Book @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        shelf: () => [{ id: 'b1' }, { id: 'b2' }, { id: 'b1' }, { id: 'b3' }],
        first: () => ({ id: 'b1' }),
        none: () => null,
      },
    },
  },
  titles: {
    typeDefs: `type Book @key(fields: "id") { id: ID! title: String! pages: Int }`,
    resolvers: {
      Book: {
        __resolveReference: fromRows([
          { id: 'b1', title: 'Roadside Picnic', pages: 145 },
          { id: 'b2', title: 'We', pages: null },
          { id: 'b3', title: 'Ubik "1969"\n\u2028', pages: 202 },
        ]),
      },
    },
  },
}
