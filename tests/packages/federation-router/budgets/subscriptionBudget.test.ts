import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'

import { waitUntil } from '../../../support/processes'
import {
  commentAdded,
  useCommunity,
  waitForEnd,
  collectEvents,
  subscribeOverWebSocket,
  subscribeOverSse,
  waitForCondition,
  type TestSubscription,
  type TestSocketSubscription,
} from '../../../support/federation-router/community'
import {
  createBearerHeader,
  startCommunityTokenIssuer,
} from '../../../support/federation-router/accessTokens'

let publisher: Awaited<ReturnType<typeof startCommunityTokenIssuer>>
beforeAll(async () => {
  publisher = await startCommunityTokenIssuer()
})
afterAll(() => publisher.close())

const { community, start } = useCommunity()
const startSystem = (environment: Record<string, string>) =>
  start({ ...publisher.environment, TRUSTED_CLIENTS: '', ...environment })

const rateLimited = [{ extensions: { code: 'RATE_LIMITED', retryAfter: 1 } }]
const followMore = ({ client }: TestSocketSubscription, postId: string): TestSubscription =>
  collectEvents((sink) => client.subscribe({ query: commentAdded, variables: { postId } }, sink))

it('refuses subscriptions of a client at its limit, over all protocols together', async () => {
  await startSystem({ MAX_CLIENT_SUBSCRIPTIONS: '2' })
  const bySse = await subscribeOverSse(community, { variables: { postId: 'p1' } })
  const bySocket = await subscribeOverWebSocket(community, { variables: { postId: 'p2' } })
  await waitForCondition('both are followed', () => community.comments.streams() === 2)
  const others = Array.from({ length: 20 }, (_, n) => followMore(bySocket, `p${n + 3}`))
  await Promise.all(others.map(waitForEnd))
  for (const other of others) expect(other).toMatchObject({ events: [], phase: 'failed', error: rateLimited })
  const response = await fetch(`${community.router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
    body: JSON.stringify({ query: commentAdded, variables: { postId: 'p9' } }),
  })
  expect({ status: response.status, retryAfter: response.headers.get('retry-after') }).toEqual({
    status: 429,
    retryAfter: '1',
  })
  expect(community.comments.opened).toHaveLength(2)
  bySse.unsubscribe()
  await waitForCondition('one has ended', () => community.comments.streams() === 1)
  const next = followMore(bySocket, 'p9')
  await waitForCondition('the next one is followed', () => community.comments.streams() === 2)
  expect(next.phase).toBe('open')
})

it('limits a viewer to a quarter of the subscriptions', async () => {
  await startSystem({ MAX_CLIENT_SUBSCRIPTIONS: '4' })
  const first = await subscribeOverSse(community, { headers: createBearerHeader('ann') })
  const second = await subscribeOverSse(community, { headers: createBearerHeader('ann') })
  await waitForEnd(second)
  expect(second.events).toMatchObject([{ errors: rateLimited }])
  const other = await subscribeOverSse(community, { headers: createBearerHeader('bob') })
  await waitForCondition('two are followed', () => community.comments.streams() === 2)
  expect([first.phase, other.phase]).toEqual(['open', 'open'])
})

it('does not count a subscription as a request', async () => {
  await startSystem({ MAX_CLIENT_REQUESTS: '1' })
  const bySse = await subscribeOverSse(community)
  const bySocket = await subscribeOverWebSocket(community)
  await waitForCondition('it is followed', () => community.comments.streams() === 1)
  const { data } = await community.router.send('{ posts { title } }')
  expect(data).toEqual({ posts: [{ title: 'title of p1' }] })
  expect([bySse.phase, bySocket.phase]).toEqual(['open', 'open'])
})

it('counts the other operations of a WebSocket as requests', async () => {
  await startSystem({ MAX_CLIENT_REQUESTS: '1' })
  const socket = await subscribeOverWebSocket(community)
  await waitForCondition('it is followed', () => community.comments.streams() === 1)
  const query = () => collectEvents((sink) => socket.client.subscribe({ query: '{ posts { title } }' }, sink))
  const both = [query(), query()]
  await Promise.all(both.map(waitForEnd))
  expect(both.map(({ phase }) => phase)).toEqual(['completed', 'failed'])
  expect(both[1]?.error).toMatchObject(rateLimited)
  const next = query()
  await waitForEnd(next)
  expect(next.phase).toBe('completed')
})

const url = () => `${community.router.url.replace('http', 'ws')}/graphql`
const connect = () => new WebSocket(url(), 'graphql-transport-ws')

it('refuses WebSockets of a client at its limit until one of them is closed', async () => {
  await startSystem({ MAX_CLIENT_WEBSOCKETS: '1' })
  const first = connect()
  await once(first, 'open')
  const second = connect()
  const [, { statusCode, headers }] = (await once(second, 'unexpected-response')) as [
    unknown,
    IncomingMessage,
  ]
  expect([statusCode, headers['retry-after']]).toEqual([429, '1'])
  first.terminate()
  await waitUntil('there is room again', async () => {
    const next = connect()
    const isOpen = await new Promise<boolean>((resolve) => {
      next.once('open', () => resolve(true))
      next.once('error', () => resolve(false))
    })
    next.terminate()
    return isOpen
  })
})

it('closes a WebSocket of a viewer at its limit with a code after which its client reconnects later', async () => {
  await startSystem({ MAX_CLIENT_WEBSOCKETS: '4' })
  const first = await subscribeOverWebSocket(community, { headers: createBearerHeader('ann') })
  const second = await subscribeOverWebSocket(community, { headers: createBearerHeader('ann') })
  await waitForEnd(second)
  const tryAgainLater = 1013
  expect(second.closed).toBe(tryAgainLater)
  const other = await subscribeOverWebSocket(community, { headers: createBearerHeader('bob') })
  expect([first.phase, other.phase]).toEqual(['open', 'open'])
})
