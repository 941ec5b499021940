import { connect } from 'node:net'

import {
  expectedComment,
  commentAdded,
  waitForEnd,
  subscribeOverWebSocket,
  subscribeOverSse,
  createCommentPayload,
  publishComment,
  waitForEvents,
  useCommunity,
  waitForCondition,
  type TestSubscription,
} from '../../../support/federation-router/community'
import { waitForSubscribers } from '../../../support/federation-router/subscriberCount'

const { community, start } = useCommunity()

const resync = (reason: string) => ({ errors: [{ extensions: { code: 'RESYNC', reason } }] })

describe('a restarted subgraph', () => {
  it('loses and repeats no event', async () => {
    await start()
    const [bySse, bySocket] = [await subscribeOverSse(community), await subscribeOverWebSocket(community)]
    await waitForSubscribers(community, 2)
    await publishComment(community, 1)
    await waitForEvents(1, bySse, bySocket)
    await community.comments.kill()
    community.history.publish(createCommentPayload(2))
    community.history.publish(createCommentPayload(3))
    await community.comments.restart()
    await waitForEvents(3, bySse, bySocket)
    await publishComment(community, 4)
    await waitForEvents(4, bySse, bySocket)
    for (const { events } of [bySse, bySocket])
      expect(events.map((event) => JSON.stringify(event).match(/text \d/)?.[0])).toEqual([
        'text 1',
        'text 2',
        'text 3',
        'text 4',
      ])
    expect(community.comments.opened.map((headers) => headers['last-event-id'])).toEqual([undefined, '1'])
  })

  it('loses no event before the first one, if it sends an id at once', async () => {
    await start()
    const stream = await subscribeOverSse(community)
    await waitForCondition('the upstream is open', () => community.comments.streams() === 1)
    // A later response shows that the id has been received.
    await community.router.send('{ comments { id } }')
    await community.comments.kill()
    community.history.publish(createCommentPayload(1))
    await community.comments.restart()
    await waitForEvents(1, stream)
    expect(stream.events).toEqual([expectedComment(1)])
  })

  it('causes RESYNC if it sends no ids', async () => {
    await start({}, { numbered: false })
    const stream = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, stream)
    await community.comments.kill()
    await waitForEnd(stream)
    expect(stream).toMatchObject({
      events: [expectedComment(1), resync('SUBGRAPH_LOST')],
      phase: 'completed',
    })
    expect(community.comments.opened).toHaveLength(1)
  })

  it('causes RESYNC if it does not return in time', async () => {
    await start({ SUBSCRIPTION_RECONNECT_MS: '300' })
    const stream = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, stream)
    await community.comments.kill()
    await waitForEnd(stream)
    expect(stream).toMatchObject({
      events: [expectedComment(1), resync('SUBGRAPH_LOST')],
      phase: 'completed',
    })
  })

  it('causes RESYNC if it no longer has the event', async () => {
    await start()
    const stream = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, stream)
    await community.comments.kill()
    community.history.forget()
    await community.comments.restart()
    await waitForEnd(stream)
    expect(stream).toMatchObject({
      events: [expectedComment(1), { errors: [{ extensions: { code: 'RESYNC' } }] }],
      phase: 'completed',
    })
  })

  it('is not reconnected to without subscribers', async () => {
    await start()
    const stream = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, stream)
    await community.comments.kill()
    stream.unsubscribe()
    await waitForSubscribers(community, 0)
    await community.comments.restart()
    const other = await subscribeOverSse(community, { variables: { postId: 'p2' } })
    await waitForCondition('the other upstream is open', () => community.comments.streams() === 1)
    expect(community.comments.opened).toHaveLength(2)
    other.unsubscribe()
  })
})

it('reports a subgraph that cannot be reached', async () => {
  await start()
  await community.comments.kill()
  const stream = await subscribeOverSse(community)
  await waitForEnd(stream)
  expect(stream).toMatchObject({
    events: [{ errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'comments' } }] }],
    phase: 'completed',
  })
})

it.each([
  [401, { errors: [{ message: 'Not this one.', extensions: { code: 'FORBIDDEN' } }] }, 'FORBIDDEN', 1],
  [422, { errors: [{ message: 'Not this one.', extensions: { code: 'FORBIDDEN' } }] }, 'FORBIDDEN', 1],
  [404, { message: 'Not found' }, 'SUBGRAPH_UNAVAILABLE', 3],
  [503, { errors: [{ message: 'This process is being stopped.' }] }, 'SUBGRAPH_UNAVAILABLE', 3],
])('handles a refusal with status %i and %j: %s after %i requests', async (status, value, code, times) => {
  await start()
  community.comments.refuse(status, value)
  const stream = await subscribeOverSse(community)
  await waitForEnd(stream)
  expect(stream).toMatchObject({ events: [{ errors: [{ extensions: { code } }] }], phase: 'completed' })
  expect(community.comments.opened).toHaveLength(times)
})

it('ends subscriptions when the supergraph changes, and accepts new ones', async () => {
  await start()
  const stream = await subscribeOverSse(community)
  await publishComment(community, 1)
  await waitForEvents(1, stream)
  await community.router.replaceSupergraph(`${community.supergraph}\n`)
  await waitForEnd(stream)
  expect(stream).toMatchObject({
    events: [expectedComment(1), resync('SUPERGRAPH_CHANGED')],
    phase: 'completed',
  })
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
  const next = await subscribeOverSse(community)
  await publishComment(community, 2)
  await waitForEvents(1, next)
  expect(next.events).toEqual([expectedComment(2)])
})

it('disconnects a slow reader with RESYNC, and continues for others', async () => {
  await start({ MAX_SUBSCRIPTION_BUFFER: '1000000' })
  const query = 'subscription { commentAdded(postId: 1) { comment { text } } }'
  const body = JSON.stringify({ query })
  const { port } = new URL(community.router.url)
  const slow = connect(Number(port), '127.0.0.1')
  slow.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  let text = ''
  slow.on('data', (chunk) => (text += chunk.toString()))
  await waitForCondition('the slow client is connected', () => text.includes('\r\n\r\n'))
  slow.pause()
  const fastReader = await subscribeOverSse(community, { query, variables: {} })
  expect(community.comments.opened).toHaveLength(1)

  const long = 'x'.repeat(500_000)
  // More than the buffers of the kernel and the queue hold.
  for (let n = 1; n <= 60; n++) {
    community.history.publish({ id: `c${n}`, text: long })
    await waitForEvents(n, fastReader)
  }
  fastReader.unsubscribe()
  // The slow client has been removed already.
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
  slow.resume()
  await waitForCondition('the slow client has received the end', () => text.includes('event: complete'))
  expect(text).toContain('"reason":"SLOW_READER"')
  expect(text.split('event: next').length).toBeLessThan(50)
  slow.destroy()
})

describe('an event above MAX_RESPONSE_BYTES', () => {
  const publishLong = () => community.history.publish({ id: 'c2', text: 'x'.repeat(3_000) })

  it('ends the subscription with RESYNC', async () => {
    await start({ COMMENTS_MAX_RESPONSE_BYTES: '2000' })
    const stream = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, stream)
    publishLong()
    await waitForEnd(stream)
    expect(stream.events).toMatchObject([expectedComment(1), resync('SUBGRAPH_LOST')])
  })

  it('is received if the limit of its subgraph is higher', async () => {
    await start({ MAX_RESPONSE_BYTES: '2000', COMMENTS_MAX_RESPONSE_BYTES: '10000' })
    const stream = await subscribeOverSse(community)
    await publishComment(community, 1)
    publishLong()
    await waitForEvents(2, stream)
    expect(stream.events).toMatchObject([{}, { data: { commentAdded: { comment: { post: {} } } } }])
  })
})

it('passes on the refusal of a subgraph', async () => {
  await start()
  const stream = await subscribeOverSse(community, {
    query: commentAdded,
    variables: { postId: 'forbidden' },
  })
  await waitForEnd(stream)
  expect(stream).toMatchObject({
    events: [
      {
        data: { commentAdded: null },
        errors: [{ message: 'Not this one.', path: ['commentAdded'], extensions: { code: 'FORBIDDEN' } }],
      },
    ],
    phase: 'completed',
  })
})

it('limits the subscribers, and accepts another one when one leaves', async () => {
  await start({ MAX_SUBSCRIPTIONS: '2' })
  const [first] = [await subscribeOverSse(community), await subscribeOverSse(community)]
  const tooMany = await subscribeOverSse(community)
  await waitForEnd(tooMany)
  expect(tooMany.events).toMatchObject([
    { errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: 10 } }] },
  ])
  first.unsubscribe()
  // The router may not have noticed yet that the first one has left.
  const next = async (): Promise<TestSubscription> => {
    const stream = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, stream)
    return JSON.stringify(stream.events).includes('RATE_LIMITED') ? next() : stream
  }
  // An earlier attempt may have published, too.
  expect((await next()).events[0]).toMatchObject({ data: { commentAdded: { comment: {} } } })
})
