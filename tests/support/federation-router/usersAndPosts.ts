import { GraphQLError } from 'graphql'

import { startFederation, type InMemoryFederation } from '../inMemoryFederation'

const users = [
  { id: '1', name: 'Ada', nick: null, role: 'ADMIN', age: 36, score: 1.5, tags: ['a', 'b'] },
  { id: '2', name: 'Bo "B" Ø\n😀', nick: 'bo', role: 'MEMBER', age: 20, score: 2, tags: [] },
]
export const posts = [
  { id: 'p1', title: 'One', authorId: '1' },
  { id: 'p2', title: 'Two', authorId: '2' },
  { id: 'p3', title: 'Three', authorId: '1' },
]
const reject = (code: string) => () => {
  throw new GraphQLError(`Rejected: ${code}`, { extensions: { code } })
}

/** Starts two subgraphs, with users and posts, behind both executors. */
export function startUsersAndPosts(): Promise<InMemoryFederation> {
  return startFederation({
    users: {
      typeDefs: `
        enum Role { ADMIN MEMBER SECRET @inaccessible }
        interface Named { name: String! }
        type Address { street: String! city: String @shareable }
        type User implements Named @key(fields: "id") {
          id: ID! name: String! nick: String role: Role age: Int score: Float tags: [String!]! isIn: Boolean
          address: Address forbidden: String mustFail: String!
        }
        type Query { me: User user(id: ID!): User users: [User!]! gone: User }
        type Mutation { rename(name: String!): User bad: Int! }`,
      resolvers: {
        Query: {
          me: () => users[0],
          user: (_: unknown, { id }: { id: string }) => users.find((each) => each.id === id),
          users: () => users,
        },
        Mutation: { rename: (_: unknown, { name }: { name: string }) => ({ ...users[0], name }) },
        User: {
          __resolveReference: ({ id }: { id: string }) => users.find((each) => each.id === id),
          isIn: () => true,
          address: () => ({ street: 'Main', city: null }),
          forbidden: reject('FORBIDDEN'),
          mustFail: reject('FORBIDDEN'),
        },
      },
    },
    posts: {
      typeDefs: `
        interface Named { name: String! }
        type Tag implements Named { name: String! weight: Int }
        type Post @key(fields: "id") { id: ID! title: String author: User sure: User! named: [Named] thing: Thing count: Int }
        type User @key(fields: "id") { id: ID! posts(first: Int): [Post!]! }
        union Thing = Post | Tag
        type Query { posts: [Post!]! post(id: ID!): Post things: [Thing!]! }
        type Mutation { publish(id: ID!): Post }`,
      resolvers: {
        Query: {
          posts: () => posts,
          post: (_: unknown, { id }: { id: string }) => posts.find((each) => each.id === id),
          things: () => [
            { __typename: 'Tag', name: 't', weight: 3 },
            { __typename: 'Post', ...posts[0] },
          ],
        },
        Mutation: { publish: (_: unknown, { id }: { id: string }) => posts.find((each) => each.id === id) },
        Post: {
          __resolveReference: ({ id }: { id: string }) => posts.find((each) => each.id === id),
          author: ({ authorId }: { authorId: string }) => ({ id: authorId }),
          sure: ({ authorId }: { authorId: string }) => ({ id: authorId }),
          named: () => [{ __typename: 'Tag', name: 't' }, null],
          thing: () => ({ __typename: 'Tag', name: 'x', weight: 1 }),
        },
        User: {
          posts: ({ id }: { id: string }, { first }: { first?: number }) =>
            posts.filter((each) => each.authorId === id).slice(0, first),
        },
      },
    },
  })
}
