import { createMongoRateLimiter } from '../../../packages/subgraph-kit/mongo/mongoRateLimiter'
import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { createViewer } from '../../support/subgraph'
import { countStoredPosts, startPosts, type TestPosts } from './support'

let time = Date.parse('2026-03-01T12:00:00.000Z')
const limiter: Parameters<typeof startPosts>[0] = {
  limiter: (connection) => createMongoRateLimiter(connection, () => new Date(time)),
}

let posts: TestPosts
/** A second instance on the same database. */
let twin: TestPosts
beforeAll(async () => {
  posts = await startPosts(limiter)
  twin = await startPosts({ ...limiter, database: posts.connection.name })
})
afterAll(async () => {
  await twin.close()
  await posts.close()
})

let lastAddress = 0
const newAddress = () => `198.51.100.${++lastAddress}`
const input = { title: 'A title', body: 'A body', publish: true }

/** Creates posts by aliases of one request. Returns the number of created posts and the extensions of the errors. */
async function create(count: number, viewer: Viewer, address = newAddress(), through = posts) {
  const aliases = Array.from({ length: count }, (_, index) => {
    return `a${index}: createPost(input: $input) { post { id } userErrors { code } }`
  })
  const document = `mutation ($input: CreatePostInput!) { ${aliases.join(' ')} }`
  const { data, errors = [] } = await through.send(document, { input }, viewer, address)
  const payloads = Object.values<{ post: object | null } | null>(data)
  return {
    created: payloads.filter((payload) => payload?.post).length,
    errors: errors.map(({ extensions }) => extensions),
  }
}

it('creates 10 posts of a viewer from 100 aliases, and one more every minute', async () => {
  const viewer = createViewer()
  const before = await countStoredPosts(posts)
  const { created, errors } = await create(100, viewer)
  expect(created).toBe(10)
  expect(errors).toEqual(Array(90).fill({ code: 'RATE_LIMITED', retryAfter: 60 }))
  expect(await countStoredPosts(posts)).toBe(before + 10)
  time += 60_000
  expect((await create(2, viewer)).created).toBe(1)
})

it('counts the writes of a viewer across processes and addresses, and separately from those of others', async () => {
  const viewer = createViewer()
  await create(5, viewer)
  expect((await create(6, viewer, newAddress(), twin)).created).toBe(5)
  expect((await create(1, createViewer())).created).toBe(1)
})

it('limits the viewers of a network together, which for IPv6 is a /64', async () => {
  const address = '2001:db8:1:2::1'
  for (let count = 0; count < 10; count++) await create(10, createViewer(), address)
  const next = (from: string) => create(1, createViewer(), from)
  expect((await next('2001:db8:1:2:ffff::9')).errors).toEqual([{ code: 'RATE_LIMITED', retryAfter: 6 }])
  expect((await next('2001:db8:1:3::1')).created).toBe(1)
})

it('counts each kind of write separately', async () => {
  const viewer = createViewer()
  await create(10, viewer)
  const document = `mutation { deletePost(input: { postId: "pst_${'0'.repeat(32)}" }) { userErrors { code } } }`
  const { data } = await posts.send(document, {}, viewer, newAddress())
  expect(data.deletePost.userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
})

it('adds one command to a mutation, and none to a query or to the mutation of an anonymous client', async () => {
  const written = await posts.recordCommands(() => create(1, createViewer()))
  expect(written.filter((name) => name === 'update')).toHaveLength(1)
  const read = await posts.recordCommands(() => posts.query('{ posts(first: 1) { nodes { id } } }'))
  expect(read).toEqual(['find'])
  let refused: unknown
  const refusing = await posts.recordCommands(async () => (refused = await create(1, anonymous)))
  expect(refusing).toEqual([])
  expect(refused).toEqual({ created: 0, errors: [{ code: 'UNAUTHENTICATED' }] })
})
