import { request } from 'node:http'
import { WebSocket } from 'ws'

import {
  publishUntilOneIsLeft,
  expectCompletedEvents,
  waitForEnd,
  subscribeOverWebSocket,
  subscribeOverSse,
  publishComment,
  waitForEvents,
  useCommunityPerTest,
  startCommunity,
  waitForCondition,
} from '../../../support/federation-router/community'
import { waitForSubscribers } from '../../../support/federation-router/subscriberCount'
import { expectDurationBelow } from '../../../support/duration'

const community = useCommunityPerTest()

it('completes events from three subgraphs, and closes the upstream when the client unsubscribes', async () => {
  await expectCompletedEvents(community, await subscribeOverWebSocket(community))
})

it('shares an upstream with subscribers over other protocols', async () => {
  const bySse = await subscribeOverSse(community)
  const bySocket = await subscribeOverWebSocket(community)
  // The socket is open before its operation has started.
  for (let n = 1; bySocket.events.length === 0; n++) {
    await publishComment(community, n)
    await waitForEvents(n, bySse)
  }
  expect(bySse.events).toContainEqual(bySocket.events[0])
  expect(community.comments.opened).toHaveLength(1)
  bySse.unsubscribe()
  // The client disconnects without a close frame.
  bySocket.client.terminate()
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
})

it('responds to queries and mutations', async () => {
  const query = await subscribeOverWebSocket(community, { query: '{ posts { title } }', variables: {} })
  const mutation = await subscribeOverWebSocket(community, {
    query: 'mutation ($text: String!) { addComment(text: $text) { id text } }',
    variables: { text: 'Good' },
  })
  await waitForEnd(query)
  await waitForEnd(mutation)
  expect([query.events, mutation.events]).toEqual([
    [{ data: { posts: [{ title: 'title of p1' }] } }],
    [{ data: { addComment: { id: 'new', text: 'Good' } } }],
  ])
})

it.each([
  ['an invalid document', '{ nobody }'],
  ['a syntax error', 'subscription {'],
  [
    'an operation above a limit',
    `{ posts { ${Array.from({ length: 101 }, (_, n) => `a${n}: id`).join(' ')} } }`,
  ],
])('refuses %s with the errors of a request', async (_, query) => {
  const stream = await subscribeOverWebSocket(community, { query, variables: {} })
  await waitForEnd(stream)
  const { errors } = await community.router.send(query)
  expect(errors?.length).toBeGreaterThan(0)
  expect(stream).toMatchObject({ events: [], phase: 'failed', error: errors })
})

it('writes an access log line for each operation', async () => {
  const lines = () => community.router.logged.filter(({ msg }) => msg === 'Request completed')
  await waitForEnd(await subscribeOverWebSocket(community, { query: '{ posts { title } }', variables: {} }))
  await waitForEnd(await subscribeOverWebSocket(community, { query: '{ nobody }' }))
  const stream = await subscribeOverWebSocket(community)
  await publishComment(community, 1)
  await waitForEvents(1, stream)
  stream.unsubscribe()
  await waitForCondition('each operation has its line', () => lines().length === 3)
  const line = { requestId: expect.any(String), method: 'WEBSOCKET', durationMs: expect.any(Number) }
  expect(lines()).toMatchObject([200, 200, 'aborted'].map((status) => ({ ...line, status })))
})

it('accepts connections of pages only from allowed origins', async () => {
  const strict = await startCommunity({ CORS_ORIGINS: 'https://app.example.org' })
  const statusFor = (origin: string) =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${strict.router.url}/graphql`, 'graphql-transport-ws', { origin })
      socket
        .on('open', () => resolve(101))
        .on('unexpected-response', (_, { statusCode }) => resolve(statusCode))
      socket.on('error', () => undefined).on('open', () => socket.close())
    })
  expect(await statusFor('https://app.example.org')).toBe(101)
  expect(await statusFor(strict.router.url)).toBe(101)
  expect(await statusFor('https://evil.example')).toBe(403)
  await strict.close()
})

it('responds to a request for another upgrade as if there were none', async () => {
  const body = JSON.stringify({ query: '{ posts { title } }' })
  const text = await new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP__',
      'content-type': 'application/json',
      'content-length': body.length,
    }
    const sent = request(`${community.router.url}/graphql`, { method: 'POST', headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text))
    })
    sent.on('error', reject).end(body)
  })
  expect(text).toBe('{"data":{"posts":[{"title":"title of p1"}]}}')
})

it('ends subscriptions with RESYNC on shutdown, and closes sockets', async () => {
  const bySse = await subscribeOverSse(community)
  const bySocket = await subscribeOverWebSocket(community)
  await waitForSubscribers(community, 2)
  await waitForCondition('the upstream is open', () => community.comments.streams() === 1)
  const start = performance.now()
  await community.router.close()
  expectDurationBelow(5_000, start)
  const last = { errors: [{ extensions: { code: 'RESYNC', reason: 'SHUTDOWN' } }] }
  await waitForEnd(bySse)
  expect(bySse).toMatchObject({ events: [last], phase: 'completed' })
  await waitForCondition('the socket is closed', () => bySocket.closed !== undefined)
  expect(bySocket).toMatchObject({ events: [last], phase: 'completed', closed: 1001 })
})

it('disconnects a slow reader with RESYNC', async () => {
  const query = 'subscription { commentAdded(postId: 1) { comment { text } } }'
  const socket = new WebSocket(`${community.router.url}/graphql`, 'graphql-transport-ws')
  const messages: string[] = []
  socket.on('message', (message) => messages.push(String(message)))
  socket.on('open', () => socket.send('{"type":"connection_init"}'))
  await waitForCondition('the router is ready', () => messages.length === 1)
  socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query } }))
  await publishComment(community, 1)
  await waitForCondition('the first event arrives', () => messages.length === 2)
  socket.pause()
  const fastReader = await subscribeOverSse(community, { query, variables: {} })
  await publishUntilOneIsLeft(community, fastReader)
  fastReader.unsubscribe()
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
  socket.resume()
  await waitForCondition('the end arrives', () => messages.at(-1) === '{"id":"a","type":"complete"}')
  expect(messages.at(-2)).toContain('"reason":"SLOW_READER"')
  expect(messages.length).toBeLessThan(50)
  socket.terminate()
})
