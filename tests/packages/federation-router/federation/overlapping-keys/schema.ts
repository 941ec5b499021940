import { fromRows, type SubgraphDefinitions } from '../../../../support/federation/inMemorySubgraphs'

const items = [
  {
    __typename: 'Post',
    id: 'p1',
    author: { id: 'u1' },
    editors: [[{ id: 'u1' }, null], [{ id: 'u2' }]],
  },
  {
    __typename: 'Ad',
    id: 'a1',
    author: { id: 'u2' },
    sponsor: { id: 'u1' },
    backers: [null, [{ id: 'u2' }]],
  },
  null,
  { __typename: 'Ad', id: 'a2', author: null, sponsor: null, backers: null },
  { __typename: 'Poll', id: 'o1', author: { id: 'u2' } },
]

const users = [
  { id: 'u1', name: 'Ada', email: 'ada@example.org', first: 'A.', rank: 1 },
  { id: 'u2', name: 'Bo', email: 'bo@example.org', first: 'B.', rank: 2 },
]

const media = [
  { __typename: 'Film', id: 'm1' },
  { __typename: 'Record', id: 'm2' },
]

// Objects of several types at one response path, with a nested key that means another field for each of them.
export const subgraphs: SubgraphDefinitions = {
  feed: {
    typeDefs: `
      type Query { feed: [Item] written: [Written] nested: [[Item]!] media: [Medium] }
      type Mutation { publish: Item }
      union Item = Post | Ad | Poll
      interface Written { id: ID! author: User }
      interface Paid { author: User }
      type Post implements Written @key(fields: "id") { id: ID! author: User editors: [[User]] }
      type Ad implements Written & Paid @key(fields: "id") {
        id: ID! author: User sponsor: User backers: [[User]]
      }
      type Poll implements Written & Paid @key(fields: "id") { id: ID! author: User }
      type User @key(fields: "id") { id: ID! }
      interface Medium @key(fields: "id") { id: ID! }
      type Film implements Medium @key(fields: "id") { id: ID! }
      type Record implements Medium @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        feed: () => items,
        written: () => items,
        nested: () => [[items[1], null], [], [items[0]]],
        media: () => media,
      },
      Mutation: { publish: () => items[1] },
      Medium: { __resolveReference: fromRows(media) },
      Film: { __resolveReference: fromRows(media) },
      Record: { __resolveReference: fromRows(media) },
    },
  },
  users: {
    typeDefs: `
      type User @key(fields: "id") {
        id: ID! name: String email: String avatar(size: Int): String first: String rank: Int
      }`,
    resolvers: {
      User: {
        __resolveReference: fromRows(users),
        avatar: ({ name }: { name: string }, { size }: { size?: number }) => `${name} ${size}`,
      },
    },
  },
  greetings: {
    typeDefs: `
      type User @key(fields: "id") {
        id: ID! first: String @external rank: Int @external
        hello: String @requires(fields: "first") place: String @requires(fields: "rank")
      }`,
    resolvers: {
      User: {
        __resolveReference: (user: object) => user,
        hello: ({ first }: { first: string }) => `Hello ${first}`,
        place: ({ rank }: { rank: number }) => `No. ${rank}`,
      },
    },
  },
  ratings: {
    typeDefs: `
      type Query { best: Medium }
      type Medium @key(fields: "id") @interfaceObject { id: ID! stars: Int votes: Int fan: User critic: User }
      type User @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { best: () => ({ id: 'm2', stars: 5, votes: 50, fan: { id: 'u2' }, critic: { id: 'u1' } }) },
      Medium: {
        __resolveReference: fromRows([
          { id: 'm1', stars: 4, votes: 40, fan: { id: 'u1' }, critic: { id: 'u2' } },
          { id: 'm2', stars: 5, votes: 50, fan: { id: 'u2' }, critic: { id: 'u1' } },
        ]),
      },
    },
  },
}
