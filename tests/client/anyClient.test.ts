import { ApolloClient, gql as apolloGql, InMemoryCache } from '@apollo/client'
import { cacheExchange, Client as UrqlClient, gql as urqlGql } from '@urql/core'
import { WebSocket } from 'ws'

import { createClient, memorySession, type Client, type StoredSession } from '../../client/src'
import { agoraLink } from '../../client/src/apollo'
import { agoraExchange } from '../../client/src/urql'
import { startBreakableProxy, type BreakableProxy } from '../support/breakableProxy'
import { createAccessToken, startCommunityTokenIssuer } from '../support/federation-router/accessTokens'
import {
  createCommentPayload,
  publishComment,
  useCommunity,
  waitForCondition,
} from '../support/federation-router/community'

let proxy: BreakableProxy | undefined
afterEach(async () => {
  await proxy?.close()
  proxy = undefined
})
const { community, start } = useCommunity()
let issuer: Awaited<ReturnType<typeof startCommunityTokenIssuer>>
beforeAll(async () => {
  issuer = await startCommunityTokenIssuer()
})
afterAll(() => issuer.close())
beforeEach(async () => {
  await start(issuer.environment)
  proxy = await startBreakableProxy(community.router.url)
})

const createSession = (accessToken: string): StoredSession => ({
  accessToken,
  accessTokenExpiresAt: new Date(Date.now() + 900_000).toISOString(),
  refreshToken: 'refresh',
  refreshTokenExpiresAt: new Date(Date.now() + 9_000_000).toISOString(),
})

/** Creates a client whose access token the router rejects. The router of these tests has no sessions, so that `fetch` renews them. */
function createRejectedClient() {
  const counts = { renewals: 0, requests: 0 }
  const client = createClient({
    url: `${proxy?.url}/graphql`,
    webSocket: WebSocket,
    session: memorySession(createSession(createAccessToken('ann', -60))),
    fetch: async (url, request) => {
      if (!String(request?.body).includes('"RefreshSession"')) {
        counts.requests++
        return fetch(url, request)
      }
      counts.renewals++
      const session = createSession(createAccessToken('ann'))
      return Response.json({ data: { refreshSession: { session, userErrors: [] } } })
    },
  })
  return { client, counts }
}

const postsQuery = '{ posts { title } }'
const addedQuery = 'subscription Added($postId: ID!) { commentAdded(postId: $postId) { comment { text } } }'
const posts = [{ title: 'title of p1' }]

interface AddedData {
  commentAdded: { comment: { text: string } }
}

interface Followed {
  texts: unknown[]
  errors: unknown[]
  resyncs: number
  leave(): void
}

const createApollo = (client: Client, onResync?: () => void) =>
  new ApolloClient({
    link: agoraLink(client, { onResync, retryDelayMs: 20, maxRetryDelayMs: 100 }),
    cache: new InMemoryCache(),
  })
const createUrql = (client: Client, onResync?: () => void) =>
  new UrqlClient({
    url: client.url,
    preferGetMethod: false,
    exchanges: [cacheExchange, agoraExchange(client, { onResync, retryDelayMs: 20, maxRetryDelayMs: 100 })],
  })

const frontends = {
  'Apollo Client': {
    query: async (client: Client) =>
      (await createApollo(client).query({ query: apolloGql(postsQuery) })).data,
    follow(client: Client, resyncs: boolean): Followed {
      const followed: Followed = { texts: [], errors: [], resyncs: 0, leave: () => {} }
      const onResync = resyncs ? () => followed.resyncs++ : undefined
      const subscription = createApollo(client, onResync)
        .subscribe<AddedData>({ query: apolloGql(addedQuery), variables: { postId: 'p1' } })
        .subscribe(({ data, error }) => {
          if (error) followed.errors.push(error)
          else followed.texts.push(data?.commentAdded?.comment?.text)
        })
      followed.leave = () => subscription.unsubscribe()
      return followed
    },
  },
  urql: {
    query: async (client: Client) => (await createUrql(client).query(urqlGql(postsQuery), {})).data,
    follow(client: Client, resyncs: boolean): Followed {
      const followed: Followed = { texts: [], errors: [], resyncs: 0, leave: () => {} }
      const onResync = resyncs ? () => followed.resyncs++ : undefined
      const { unsubscribe } = createUrql(client, onResync)
        .subscription(urqlGql(addedQuery), { postId: 'p1' })
        .subscribe(({ data, error }) => {
          if (error) followed.errors.push({ errors: error.graphQLErrors })
          else followed.texts.push(data?.commentAdded?.comment?.text)
        })
      followed.leave = unsubscribe
      return followed
    },
  },
}

describe.each(Object.entries(frontends))('%s', (_, { query, follow }) => {
  it('renews a session whose access token is rejected, and repeats the request once', async () => {
    const { client, counts } = createRejectedClient()
    expect(await query(client)).toMatchObject({ posts })
    expect(counts).toEqual({ renewals: 1, requests: 2 })
  })

  it('renews the session of a subscription, which resumes after a lost connection', async () => {
    const { client, counts } = createRejectedClient()
    const followed = follow(client, false)
    await publishComment(community, 1)
    await waitForCondition('the first event is shown', () => followed.texts.length === 1)
    proxy?.dropConnections()
    community.history.publish(createCommentPayload(2))
    await waitForCondition('the second event is shown', () => followed.texts.length === 2)
    expect(followed).toMatchObject({ texts: ['text 1', 'text 2'], errors: [] })
    expect(counts).toEqual({ renewals: 1, requests: 0 })
    followed.leave()
    await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
  })

  it.each([true, false])('handles RESYNC with onResync: %s', async (resyncs) => {
    const { client } = createRejectedClient()
    const followed = follow(client, resyncs)
    await publishComment(community, 1)
    await waitForCondition('the first event is shown', () => followed.texts.length === 1)
    community.history.forget()
    proxy?.dropConnections()
    await waitForCondition('the gap is noticed', () => followed.resyncs + followed.errors.length > 0)
    const RESYNC = { errors: [{ extensions: { code: 'RESYNC' } }] }
    // urql reports the last result of a subscription again when it completes.
    expect([followed.resyncs, followed.errors[0]]).toMatchObject(resyncs ? [1, undefined] : [0, RESYNC])
    followed.leave()
  })
})

it('gives other clients a fetch with the session, and the access token', async () => {
  const { client, counts } = createRejectedClient()
  const response = await client.fetch(client.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: postsQuery }),
  })
  expect(await response.json()).toEqual({ data: { posts } })
  expect(counts).toEqual({ renewals: 1, requests: 2 })
  expect(await client.accessToken()).toBe((await client.getSession())?.accessToken)
  await expect(client.fetch('https://other.example/graphql')).rejects.toThrow('only to')
  expect(counts.requests).toBe(2)
})

it('subscribes by server-sent events where WebSockets are blocked', async () => {
  let opened = 0
  class BlockedWebSocket extends WebSocket {
    constructor(_: string, protocol: string) {
      super('ws://127.0.0.1:1', protocol)
      opened++
    }
  }
  const client = createClient({ url: `${proxy?.url}/graphql`, webSocket: BlockedWebSocket })
  const operation = { query: addedQuery, variables: { postId: 'p1' } }
  for (const n of [1, 2]) {
    const results = client.subscribeToResults<AddedData>(operation)
    const next = results.next()
    await publishComment(community, n)
    expect((await next).value?.data?.commentAdded.comment.text).toBe(`text ${n}`)
    await results.return?.()
    await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
  }
  expect(opened).toBe(1)
})

it('shares one socket among all subscriptions, and closes it after the last one', async () => {
  const sockets = new Set<WebSocket>()
  class CountedWebSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol)
      sockets.add(this)
      this.once('close', () => sockets.delete(this))
    }
  }
  const client = createClient({ url: `${proxy?.url}/graphql`, webSocket: CountedWebSocket })
  const all = ['p1', 'p2', 'p3'].map((postId) =>
    client.subscribeToResults({ query: addedQuery, variables: { postId } }),
  )
  const pending = all.map((results) => results.next())
  await waitForCondition('all have started', () => community.comments.streams() === 3)
  expect(sockets.size).toBe(1)
  for (const results of all) await results.return?.()
  await Promise.all(pending)
  await waitForCondition('the socket is closed', () => sockets.size === 0)
})

describe('on React Native', () => {
  const { any } = AbortSignal
  const { throwIfAborted } = AbortSignal.prototype
  const body = Object.getOwnPropertyDescriptor(Response.prototype, 'body')
  beforeEach(() => {
    Reflect.deleteProperty(AbortSignal, 'any')
    Reflect.deleteProperty(AbortSignal.prototype, 'throwIfAborted')
    Reflect.deleteProperty(Response.prototype, 'body')
  })
  afterEach(() => {
    Object.assign(AbortSignal, { any })
    Object.assign(AbortSignal.prototype, { throwIfAborted })
    Object.defineProperty(Response.prototype, 'body', body ?? {})
  })

  it('sends requests, subscribes and aborts without AbortSignal.any, throwIfAborted and streamed bodies', async () => {
    const { client } = createRejectedClient()
    expect(await client.request<unknown, object>(postsQuery)).toEqual({ posts })
    const controller = new AbortController()
    const results = client.subscribeToResults<AddedData>(
      { query: addedQuery, variables: { postId: 'p1' } },
      { signal: controller.signal },
    )
    const next = results.next()
    await publishComment(community, 1)
    expect((await next).value?.data?.commentAdded.comment.text).toBe('text 1')
    const aborted = results.next()
    controller.abort(new Error('The screen was left'))
    await expect(aborted).rejects.toThrow('The screen was left')
  })
})
