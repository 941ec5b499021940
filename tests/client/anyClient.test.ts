import { ApolloClient, gql as apolloGql, InMemoryCache } from '@apollo/client'
import { cacheExchange, Client as UrqlClient, gql as urqlGql } from '@urql/core'
import { WebSocket } from 'ws'

import { createClient, type Client } from '../../client/src'
import { agoraLink } from '../../client/src/apollo'
import { agoraExchange } from '../../client/src/urql'
import {
  addedQuery,
  posts,
  postsQuery,
  reconnectDelays,
  testFrontend,
  useCommunityProxy,
  type AddedData,
  type Followed,
  type Frontend,
} from '../support/anyClientContract'
import { publishComment, waitForCondition } from '../support/federation-router/community'

const proxied = useCommunityProxy()
const { community, getUrl, createRejectedClient } = proxied

const createApollo = (client: Client, onResync?: () => void) =>
  new ApolloClient({
    link: agoraLink(client, { onResync, ...reconnectDelays }),
    cache: new InMemoryCache(),
  })
const createUrql = (client: Client, onResync?: () => void) =>
  new UrqlClient({
    url: client.url,
    preferGetMethod: false,
    exchanges: [cacheExchange, agoraExchange(client, { onResync, ...reconnectDelays })],
  })

const frontends: Record<string, Frontend> = {
  'Apollo Client': {
    query: async (client) => (await createApollo(client).query({ query: apolloGql(postsQuery) })).data,
    follow(client, resyncs) {
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
    query: async (client) => (await createUrql(client).query(urqlGql(postsQuery), {})).data,
    follow(client, resyncs) {
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

describe.each(Object.entries(frontends))('%s', (_, frontend) => {
  testFrontend(frontend, proxied)
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
  const client = createClient({ url: getUrl(), webSocket: BlockedWebSocket })
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
  const client = createClient({ url: getUrl(), webSocket: CountedWebSocket })
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
