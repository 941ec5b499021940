import { ApolloServer } from '@apollo/server'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'

import { createPendingEvent, recordEntities } from '../../../../packages/event-log/outbox'
import { runAs } from '../../../../packages/platform'
import { CachePolicy } from '../../../../packages/subgraph-kit/cache'
import { createCachePlugin, type CacheableContext } from '../../../../packages/subgraph-kit/cache/cachePlugin'

const user = (id: string) => ({ id, name: id, email: `${id}@agora.example`, friend: { id: 'f' } })
const now = new Date('2040-01-01')
/** The IDs of the events of the last mutation. */
let writtenIds: string[] = []
const schema = buildSubgraphSchema({
  typeDefs: parse(`
  directive @cacheControl(maxAge: Int) on FIELD_DEFINITION | OBJECT
  directive @cacheTag(format: String!) repeatable on FIELD_DEFINITION | OBJECT
  interface Node { id: ID! }
  type User implements Node @cacheControl(maxAge: 60) @cacheTag(format: "{$key.id}") {
    id: ID! name: String! email: String @cacheControl(maxAge: 0) friend: Friend
  }
  type Friend { id: ID! }
  type Query {
    viewer: User
    node(id: ID!): Node
    user(id: ID!): User @cacheControl(maxAge: 60) @cacheTag(format: "{$args.id}")
    untagged: User @cacheControl(maxAge: 60)
  }
  type Mutation { write(events: Int!, entities: Int!, created: Int = 0): [Int] fail: Int }
  `),
  resolvers: {
    Query: {
      viewer: () => user('viewer'),
      node: (_: unknown, { id }: { id: string }) => user(id),
      user: (_: unknown, { id }: { id: string }) => user(id),
      untagged: () => user('untagged'),
    },
    Node: { __resolveType: () => 'User' },
    Mutation: {
      write(_: unknown, counts: { events: number; entities: number; created: number }) {
        for (let n = 0; n < counts.events; n++)
          writtenIds.push(createPendingEvent('user.changed', {}, now).id)
        recordEntities(Array.from({ length: counts.entities }, (_, n) => `usr_${n}`))
        for (let n = 0; n < counts.created; n++) createPendingEvent('user.changed', {}, now)
      },
      fail() {
        throw new Error('The connection to the database was lost.')
      },
    },
  },
})

const server = new ApolloServer<CacheableContext>({
  schema,
  plugins: [createCachePlugin(schema, ({ entity }) => [entity])],
})
afterAll(() => server.stop())

async function readHeaders(query: string, variables: Record<string, unknown> = {}, hasErrors = false) {
  writtenIds = []
  const contextValue = { cachePolicy: new CachePolicy() }
  const { http, body } = await runAs({}, () =>
    server.executeOperation({ query, variables }, { contextValue }),
  )
  expect(body.kind === 'single' && body.singleResult.errors !== undefined).toBe(hasErrors)
  return (name: string) => http.headers.get(name)
}

describe('a query', () => {
  it.each([
    ['{ user(id: "a") { name } }', 'a'],
    ['{ user(id: "a") { id __typename } __typename }', 'a'],
    ['{ first: user(id: "a") { id } second: user(id: "b") { name } }', 'a,b'],
    ['query ($id: ID!) { ... on Query { ...Root } } fragment Root on Query { user(id: $id) { name } }', 'v'],
    ['query ($id: ID!) { user(id: $id) @include(if: false) { name } other: user(id: "a") { name } }', 'v,a'],
  ])('is cached with the tags of all its fields: %s', async (query, tags) => {
    const header = await readHeaders(query, { id: 'v' })
    expect([header('cache-control'), header('cache-tag')]).toEqual(['public, max-age=60', tags])
  })

  it.each([
    ['a root field without a declaration', '{ viewer { name } }'],
    ['such a field beside a cached one', '{ user(id: "a") { name } viewer { name } }'],
    [
      'such a field in a fragment',
      '{ user(id: "a") { name } ...F } fragment F on Query { me: viewer { id } }',
    ],
    ['an interface', '{ user(id: "a") { id } node(id: "a") { ... on User { name } } }'],
    ['a field that depends on the viewer', '{ user(id: "a") { email } }'],
    [
      'such a field in a fragment on an interface',
      '{ user(id: "a") { ... on Node { ... on User { email } } } }',
    ],
    ['such a field that is skipped', '{ user(id: "a") { name email @skip(if: true) } }'],
    ['an object without a declaration', '{ user(id: "a") { friend { id } } }'],
    ['no tags', '{ untagged { name } }'],
    ['a tag that no header can contain', '{ user(id: "a,b") { name } }'],
    ['no fields but __typename', '{ __typename }'],
    ['introspection', '{ __schema { queryType { name } } user(id: "a") { name } }'],
  ])('is not cached with %s', async (_what, query) => {
    const header = await readHeaders(query)
    expect([header('cache-control'), header('cache-tag')]).toEqual(['no-store', undefined])
  })
})

describe('a mutation', () => {
  const write = async (events: number, entities: number) => {
    const header = await readHeaders(
      'mutation ($events: Int!, $entities: Int!) { write(events: $events, entities: $entities) }',
      { events, entities },
    )
    expect(header('cache-control')).toBe('no-store')
    return { tags: header('cache-invalidate'), positions: header('cache-position')?.split(',').length }
  }

  it('names the invalidated tags and the domain events', async () => {
    expect(await write(2, 2)).toEqual({ tags: 'usr_0,usr_1', positions: 2 })
  })

  it('invalidates everything when the tags or the events exceed a header', async () => {
    expect(await write(1, 2000)).toEqual({ tags: '*', positions: 1 })
    expect(await write(300, 1)).toEqual({ tags: '*', positions: 1 })
  })

  it('names no events of which no write is known', async () => {
    expect(await write(1, 0)).toEqual({ tags: undefined, positions: undefined })
    const header = await readHeaders('mutation { write(events: 1, entities: 1, created: 2) }')
    expect(header('cache-position')).toBe(writtenIds.join())
  })

  it('names an ID that the stream never delivers if a write may have failed', async () => {
    const header = await readHeaders('mutation { write(events: 1, entities: 1) fail }', {}, true)
    expect(header('cache-invalidate')).toBe('usr_0')
    expect(header('cache-position')).toMatch(/^[\da-f-]{36}$/)
    expect(header('cache-position')).not.toBe(writtenIds[0])
  })
})
