import { createClient } from 'graphql-ws/client'
import { WebSocket } from 'ws'

import {
  collectEvents,
  commentAdded,
  expectedComment,
  publishComment,
  subscribeOverWebSocket,
  useCommunityPerTest,
  waitForCondition,
  waitForEnd,
  waitForEvents,
  type TestSubscription,
} from '../../../support/federation-router/community'

const community = useCommunityPerTest()
const clients: ReturnType<typeof createClient>[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate()
})

/** Subscribes over a new WebSocket, after an event. */
function subscribeAfter(lastEventId: unknown): TestSubscription & { disconnect(): void } {
  const client = createClient({
    url: `${community.router.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  clients.push(client)
  const payload = { query: commentAdded, variables: { postId: 'p1' }, extensions: { lastEventId } }
  const subscription = collectEvents((sink) => client.subscribe(payload, sink))
  return Object.assign(subscription, { disconnect: () => client.terminate() })
}

const withId = (eventId: string, event: object = {}) => ({ ...event, extensions: { eventId } })

it('sends the ids of events, and the position without an event, to a client that resumes', async () => {
  const subscription = subscribeAfter(null)
  await waitForEvents(1, subscription)
  await publishComment(community, 1)
  await waitForEvents(2, subscription)
  expect(subscription.events).toEqual([withId('0'), withId('1', expectedComment(1))])
})

it('resumes after the last event without losing or repeating one', async () => {
  const first = subscribeAfter(null)
  await publishComment(community, 1)
  await waitForEvents(2, first)
  first.disconnect()
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
  community.history.publish({ id: 'c2', text: 'text 2' })
  const second = subscribeAfter('1')
  await publishComment(community, 3)
  await waitForEvents(2, second)
  expect(second.events).toEqual([withId('2', expectedComment(2)), withId('3', expectedComment(3))])
})

it('ends with RESYNC when the events after the id are no longer retained', async () => {
  community.history.publish({ id: 'c1', text: 'text 1' })
  community.history.forget()
  const subscription = subscribeAfter('1')
  await waitForEvents(1, subscription)
  expect(subscription.events[0]).toMatchObject({ errors: [{ extensions: { code: 'RESYNC' } }] })
})

it.each([
  ['an object', {}],
  ['a number', 1],
  ['a control character', '1\n'],
  ['a long text', 'x'.repeat(1_001)],
])('refuses %s as the last id', async (_, lastEventId) => {
  const subscription = subscribeAfter(lastEventId)
  await waitForEnd(subscription)
  expect(subscription.error).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
})

it('sends no ids to a client that does not resume', async () => {
  const subscription = await subscribeOverWebSocket(community)
  await publishComment(community, 1)
  await waitForEvents(1, subscription)
  expect(subscription.events).toEqual([expectedComment(1)])
  subscription.unsubscribe()
})
