import { waitUntil } from '../support/processes'
import { repeatUntilReceived, subscribeWith, type Subscriber } from '../support/subscribers'
import {
  administrator,
  sendBody,
  startSupergraph,
  type TestSupergraph,
  type TestUser,
} from '../support/supergraph'
import { expectDurationBelow } from '../support/duration'

type Bearer = Pick<TestUser, 'accessToken'>

let agora: TestSupergraph
let admin: Bearer
/** The endpoints of two routers. */
let urls: string[]
const subscribers: Subscriber[] = []
beforeAll(async () => {
  agora = await startSupergraph()
  admin = await agora.signIn(administrator)
  urls = [agora.url, await agora.startRouter()]
})
afterAll(async () => {
  for (const subscriber of subscribers) subscriber.unsubscribe()
  await agora.close()
})

async function refresh({ refreshToken }: TestUser): Promise<TestUser> {
  const { refreshSession } = await agora.query(
    `mutation ($input: RefreshSessionInput!) {
      refreshSession(input: $input) { session { accessToken refreshToken } userErrors { message } } }`,
    { input: { refreshToken } },
  )
  return refreshSession.session
}

/** Returns the code of the first error of an operation through a router. */
async function readCode(url: string, query: string, bearer: Bearer): Promise<unknown> {
  const { errors } = await sendBody(url, JSON.stringify({ query }), bearer)
  return errors?.[0]?.extensions['code']
}

const id = (prefix: string) => `"${prefix}_${'0'.repeat(32)}"`
const payload = '{ userErrors { code } }'
/** A write of each subgraph. */
const writes = [
  `mutation { updateProfile(input: { bio: "Me" }) ${payload} }`,
  `mutation { registerForEvent(input: { eventId: ${id('evt')} }) ${payload} }`,
  `mutation { createPost(input: { title: "A post", body: "A body" }) ${payload} }`,
  `mutation { addComment(input: { postId: ${id('pst')}, body: "A comment" }) ${payload} }`,
]

it('ends the subscriptions and the writes of a suspended user at every router, and lets them read', async () => {
  const author = await agora.signUp('author')
  const suspended = await agora.signUp('suspended')
  const { createPost } = await agora.query(
    `mutation { createPost(input: { title: "A post", body: "A body", publish: true }) {
      post { id } userErrors { message } } }`,
    {},
    author,
  )
  const postId: string = createPost.post.id
  const addComment = () =>
    agora.query(
      `mutation { addComment(input: { postId: "${postId}", body: "A comment" }) { userErrors { message } } }`,
      {},
      author,
    )
  const query = `subscription { commentAdded(postId: "${postId}") { comment { id } } }`
  for (const url of urls)
    for (const by of ['graphql-sse', 'graphql-ws'] as const) {
      const subscriber = subscribeWith[by]({ url, query, person: suspended })
      subscribers.push(subscriber)
      await repeatUntilReceived(subscriber, addComment)
    }
  for (const url of urls)
    for (const write of writes) expect(await readCode(url, write, suspended)).toBeUndefined()

  await agora.query(
    `mutation ($input: SuspendUserInput!) { suspendUser(input: $input) { userErrors { message } } }`,
    { input: { userId: suspended.id, reason: 'Spam' } },
    admin,
  )
  const startMs = performance.now()
  await waitUntil('all subscriptions end', () => subscribers.every((each) => each.phase() !== 'active'))
  for (const url of urls)
    await waitUntil('the access token is refused', async () => {
      const codes = await Promise.all(writes.map((write) => readCode(url, write, suspended)))
      return codes.every((code) => code === 'UNAUTHENTICATED')
    })
  expectDurationBelow(2_000, startMs)

  const renewed = await refresh(suspended)
  for (const url of urls) {
    expect(await readCode(url, '{ viewer { email suspension { reason } } }', renewed)).toBeUndefined()
    for (const write of writes) expect(await readCode(url, write, renewed)).toBe('FORBIDDEN')
  }

  await agora.query(
    `mutation ($input: UnsuspendUserInput!) { unsuspendUser(input: $input) { userErrors { message } } }`,
    { input: { userId: suspended.id } },
    admin,
  )
  const restored = await refresh(renewed)
  for (const url of urls)
    for (const write of writes) expect(await readCode(url, write, restored)).toBeUndefined()
})
