import {
  startFederation,
  type InMemoryFederation,
  type InMemorySubgraphs,
} from '../../../support/inMemoryFederation'

interface Named {
  __typename: string
  title: string
}

const names = (things: readonly Named[]) => things.map(({ title }) => title).join(' ')

/** Subgraphs that require fields with arguments of an interface and a union, some of them of entities. */
const shelves: InMemorySubgraphs = {
  stock: {
    typeDefs: `
      type Query { shelves: [Shelf!]! }
      type Shelf @key(fields: "id") { id: ID! things(first: Int!): [Thing!]! top: Top }
      interface Thing { title(lang: String!): String }
      type Book implements Thing { title(lang: String!): String }
      type Map implements Thing { title(lang: String!): String }
      union Top = Book | Map`,
    resolvers: {
      Query: { shelves: () => [{ id: 's1' }] },
      Shelf: {
        __resolveReference: (shelf: object) => shelf,
        things: (_: object, { first }: { first: number }) =>
          [{ __typename: 'Book' }, { __typename: 'Map' }].slice(0, first),
        top: () => ({ __typename: 'Map' }),
      },
      Book: { title: (_: object, { lang }: { lang: string }) => `book-${lang}` },
      Map: { title: (_: object, { lang }: { lang: string }) => `map-${lang}` },
    },
  },
  labels: {
    typeDefs: `
      type Shelf @key(fields: "id") {
        id: ID!
        things(first: Int!): [Thing!]! @external
        top: Top @external
        english: String @requires(fields: "things(first: 2) { title(lang: \\"en\\") }")
        french: String @requires(fields: "things(first: 2) { title(lang: \\"fr\\") }")
        one: String @requires(fields: "things(first: 1) { title(lang: \\"fr\\") }")
        crown: String @requires(fields: "top { ... on Map { title(lang: \\"en\\") } ... on Book { title(lang: \\"fr\\") } }")
        tiara: String @requires(fields: "top { ... on Map { title(lang: \\"fr\\") } ... on Book { title(lang: \\"fr\\") } }")
      }
      interface Thing { title(lang: String!): String }
      type Book implements Thing { title(lang: String!): String @external }
      type Map implements Thing { title(lang: String!): String @external }
      union Top = Book | Map`,
    resolvers: {
      Shelf: {
        __resolveReference: (shelf: object) => shelf,
        english: ({ things }: { things: Named[] }) => names(things),
        french: ({ things }: { things: Named[] }) => names(things),
        one: ({ things }: { things: Named[] }) => names(things),
        crown: ({ top }: { top: Named }) => names([top]),
        tiara: ({ top }: { top: Named }) => names([top]),
      },
    },
  },
}

describe('@requires with arguments below abstract types', () => {
  let federation: InMemoryFederation
  beforeAll(async () => {
    federation = await startFederation(shelves)
  })

  test.each([
    ['{ shelves { english } }', { english: 'book-en map-en' }],
    ['{ shelves { english french } }', { english: 'book-en map-en', french: 'book-fr map-fr' }],
    [
      '{ shelves { one french things(first: 1) { title(lang: "de") } } }',
      { one: 'book-fr', french: 'book-fr map-fr', things: [{ title: 'book-de' }] },
    ],
    ['{ shelves { crown } }', { crown: 'map-en' }],
    [
      '{ shelves { crown tiara english top { ... on Map { title(lang: "de") } } } }',
      { crown: 'map-en', tiara: 'map-fr', english: 'book-en map-en', top: { title: 'map-de' } },
    ],
  ])('%s', async (query, shelf) => {
    const { data, errors } = await federation.executeOnAgora(query)
    expect(errors).toBeUndefined()
    expect(data).toEqual({ shelves: [shelf] })
  })
})
