import { createClient } from 'graphql-sse'
import { createClient as createSocketClient, type Client as SocketClient } from 'graphql-ws'
import { WebSocket } from 'ws'

import { subgraphUrlVariable } from '../../../packages/platform'
import { waitUntil } from '../processes'
import { composeSupergraph } from '../inMemoryFederation'
import { startRouter, type TestRouter } from './testRouter'
import {
  currentHistory,
  EventHistory,
  fragments,
  communitySubgraphNames,
  startStreamingSubgraph,
  type StreamingSubgraph,
} from './communitySubgraphs'

/** A router with three subgraphs, one of which has a subscription. */
export interface Community {
  router: TestRouter
  history: EventHistory
  supergraph: string
  users: StreamingSubgraph
  posts: StreamingSubgraph
  comments: StreamingSubgraph
  close(): Promise<void>
}

/** The subgraphs of a community, and the options of a router that serves them. */
type CommunitySubgraphs = Omit<Community, 'router'> & { urls: ReadonlyMap<string, string> }

/** Starts the subgraphs of a community. @param numbered whether the subgraph sends ids with its events */
export async function startCommunitySubgraphs({ numbered = true } = {}): Promise<CommunitySubgraphs> {
  currentHistory.current = new EventHistory()
  const [users, posts, comments] = await Promise.all([
    startStreamingSubgraph('users', { numbered }),
    startStreamingSubgraph('posts', { numbered }),
    startStreamingSubgraph('comments', { numbered }),
  ])
  const subgraphs = { users, posts, comments }
  const urls = new Map(communitySubgraphNames.map((name) => [subgraphUrlVariable(name), subgraphs[name].url]))
  return {
    history: currentHistory.current,
    supergraph: composeSupergraph(fragments),
    urls,
    ...subgraphs,
    close: async () => {
      await Promise.all(Object.values(subgraphs).map((each) => each.kill()))
    },
  }
}

/** Starts a community. @param numbered whether the subgraph sends ids with its events */
export async function startCommunity(
  environment: Record<string, string> = {},
  options: { numbered?: boolean } = {},
): Promise<Community> {
  const { urls, ...subgraphs } = await startCommunitySubgraphs(options)
  const router = await startRouter(environment, urls, subgraphs.supergraph)
  return {
    router,
    ...subgraphs,
    close: async () => {
      await router.close()
      await subgraphs.close()
    },
  }
}

/** Provides a community that each test starts with its own options, and closes it after the test. */
export function useCommunity() {
  let current: Community | undefined
  const started = (): Community => {
    if (!current) throw new Error('This test has started no community')
    return current
  }
  const close = async () => {
    await current?.close()
    current = undefined
  }
  afterEach(close)
  const community: Community = {
    get router() {
      return started().router
    },
    get history() {
      return started().history
    },
    get supergraph() {
      return started().supergraph
    },
    get users() {
      return started().users
    },
    get posts() {
      return started().posts
    },
    get comments() {
      return started().comments
    },
    close,
  }
  return {
    community,
    start: async (...options: Parameters<typeof startCommunity>): Promise<void> => {
      current = await startCommunity(...options)
    },
  }
}

/** Starts a community for each test. */
export function useCommunityPerTest(environmentOf: () => Record<string, string> = () => ({})): Community {
  const { community, start } = useCommunity()
  beforeEach(() => start(environmentOf()))
  return community
}

export const commentAdded = /* GraphQL */ `
  subscription ($postId: ID!) {
    commentAdded(postId: $postId) {
      comment {
        text
        author {
          handle
        }
        post {
          title
          commentCount
        }
      }
    }
  }
`

/** Returns the response for the nth comment to a subscriber of `commentAdded`. */
export const expectedComment = (n: number, commentCount = n) => ({
  data: {
    commentAdded: {
      comment: {
        text: `text ${n}`,
        author: { handle: `handle of author of c${n}` },
        post: { title: 'title of p1', commentCount },
      },
    },
  },
})
export const createCommentPayload = (n: number) => ({ id: `c${n}`, text: `text ${n}` })

/** A subscription over any protocol. */
export interface TestSubscription {
  events: unknown[]
  phase: 'open' | 'completed' | 'failed'
  error: unknown
  unsubscribe(): void
}

/** Collects the events of a sink. @param subscribe receives the sink, and returns a function that unsubscribes */
export function collectEvents(
  subscribe: (sink: {
    next(event: unknown): void
    error(error: unknown): void
    complete(): void
  }) => () => void,
): TestSubscription {
  const subscription: TestSubscription = {
    events: [],
    phase: 'open',
    error: undefined,
    unsubscribe: () => undefined,
  }
  subscription.unsubscribe = subscribe({
    next: (event) => subscription.events.push(event),
    error: (error) => Object.assign(subscription, { phase: 'failed', error }),
    complete: () => {
      subscription.phase = 'completed'
    },
  })
  return subscription
}

/** An owner of a router. */
export type RouterOwner = Pick<Community, 'router'>

/** A router, perhaps of another process. */
type AddressOwner = { router: Pick<TestRouter, 'url'> }

export interface TestSubscriptionOptions {
  query?: string
  /** Of a trusted document, with an empty query: the clients require one. */
  documentId?: string
  variables?: Record<string, unknown>
  headers?: Record<string, string>
}

/** Subscribes with graphql-sse's client, without reconnects. Resolves when the router has begun to respond. */
export async function subscribeOverSse(
  community: AddressOwner,
  options: TestSubscriptionOptions = {},
): Promise<TestSubscription> {
  const { query = commentAdded, documentId, variables = { postId: 'p1' }, headers = {} } = options
  let phase: 'opening' | 'open' = 'opening'
  const client = createClient({
    url: `${community.router.url}/graphql`,
    headers,
    retryAttempts: 0,
    fetchFn: async (...request: Parameters<typeof fetch>) => {
      const response = await fetch(...request)
      phase = 'open'
      return response
    },
  })
  const subscription = collectEvents((sink) =>
    client.subscribe({ query, variables, ...(documentId !== undefined && { documentId }) }, sink),
  )
  await waitForCondition('the router responds', () => phase === 'open')
  return subscription
}

export const waitForCondition = (what: string, condition: () => boolean): Promise<void> =>
  waitUntil(what, condition)

/** Subscribes over a new WebSocket with graphql-ws's client, without reconnects. Resolves when it is open. */
export async function subscribeOverWebSocket(
  community: AddressOwner,
  options: TestSubscriptionOptions = {},
): Promise<TestSocketSubscription> {
  const { query = commentAdded, documentId, variables = { postId: 'p1' }, headers = {} } = options
  let phase: 'opening' | 'open' = 'opening'
  const client = createSocketClient({
    url: `${community.router.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: headers,
    retryAttempts: 0,
    on: {
      message: () => (phase = 'open'),
      closed: (event) => Object.assign(subscription, { closed: readCode(event) }),
    },
  })
  const subscription: TestSocketSubscription = Object.assign(
    collectEvents((sink) =>
      client.subscribe({ query, variables, ...(documentId !== undefined && { documentId }) }, sink),
    ),
    { client, closed: undefined },
  )
  await waitForCondition('the router responds', () => phase === 'open' || subscription.phase !== 'open')
  return subscription
}

const readCode = (event: unknown) =>
  typeof event === 'object' && event !== null && 'code' in event ? event.code : undefined

export interface TestSocketSubscription extends TestSubscription {
  client: SocketClient
  /** The code with which the socket was closed. */
  closed: unknown
}

export const waitForEvents = (count: number, ...all: TestSubscription[]): Promise<void> =>
  waitForCondition(`there are ${count} events`, () => all.every(({ events }) => events.length >= count))

export const waitForEnd = (subscription: TestSubscription): Promise<void> =>
  waitForCondition('the subscription has ended', () => subscription.phase !== 'open')

/** Publishes the nth comment when an upstream is open. */
export async function publishComment(community: Community, n: number): Promise<void> {
  await waitForCondition('the upstream is open', () => community.comments.streams() > 0)
  community.history.publish(createCommentPayload(n))
}

/**
 * Publishes long comments until the router has disconnected another subscriber that does not read, which takes more than the
 * buffers of the kernel and the queue hold.
 */
export async function publishUntilOneIsLeft(community: Community, reader: TestSubscription): Promise<void> {
  for (let n = 1; n <= 100; n++) {
    community.history.publish({ id: `c${n}`, text: 'x'.repeat(500_000) })
    await waitForEvents(n, reader)
    const metrics = await community.router.readMetrics()
    if (metrics.includes('\nrouter_subscriptions_active 1\n')) return
  }
  throw new Error('No subscriber was disconnected.')
}

/** Expects a subscription to receive completed events, and to close its upstream when it is unsubscribed. */
export async function expectCompletedEvents(
  community: Community,
  subscription: TestSubscription,
): Promise<void> {
  await publishComment(community, 1)
  await waitForEvents(1, subscription)
  await publishComment(community, 2)
  await waitForEvents(2, subscription)
  expect(subscription.events).toEqual([expectedComment(1), expectedComment(2)])
  subscription.unsubscribe()
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
}
