import { buildSchema, execute, parse, type GraphQLFieldResolver, type GraphQLResolveInfo } from 'graphql'

import { readSelectedFields } from '../../../../packages/subgraph-kit/graphql/selectedFields'

const schema = buildSchema(`
  interface Node { id: ID! }
  type Post implements Node { id: ID! title: String body: String author: User }
  type User implements Node { id: ID! name: String posts: PostConnection }
  type PostEdge { cursor: String node: Post }
  type PostConnection { nodes: [Post!]! edges: [PostEdge!]! totalCount: Int }
  union Entity = Post | User
  type Query { posts(first: Int): PostConnection entities: [Entity]! node: Node }
`)

/** Returns the fields that a document selects of posts below its root fields. */
function readOfPosts(document: string): string[][] {
  const infos: GraphQLResolveInfo[] = []
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (_source, _args, _context, info) => {
    infos.push(info)
    return info.fieldName === 'entities' ? [] : null
  }
  void execute({ schema, document: parse(document), fieldResolver })
  return infos.map((info) => [...readSelectedFields(info, 'Post')].sort())
}

test.each([
  ['in nodes', '{ posts { nodes { id title } } }', ['id', 'title']],
  ['in edges, under an alias', '{ posts { edges { cursor node { text: body } } } }', ['body']],
  [
    'in fragments',
    '{ posts { ...page } } fragment page on PostConnection { nodes { ... { title } } }',
    ['title'],
  ],
  ['in the same field twice', '{ posts { nodes { id } } posts { nodes { body } } }', ['body', 'id']],
  [
    'of a union',
    '{ entities { ... on User { name } ... on Post { title author { id } } } }',
    ['author', 'title'],
  ],
  ['of an interface', '{ node { id ... on User { name } ... on Post { body } } }', ['body', 'id']],
  ['under a condition', '{ posts { nodes { title @skip(if: true) } } }', ['title']],
  ['nowhere', '{ posts { totalCount } }', []],
  ['of the posts of an author', '{ posts { nodes { author { posts { nodes { body } } } } } }', ['author']],
])('finds the fields that are selected %s', (_, document, expected) => {
  expect(readOfPosts(document)).toEqual([expected])
})

test('finds the fields of each root field', () => {
  expect(readOfPosts('{ a: posts { nodes { id } } b: posts { nodes { body } } }')).toEqual([['id'], ['body']])
})
