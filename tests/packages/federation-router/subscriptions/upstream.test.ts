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

const { community, start } = useCommunity()

const resync = (reason: string) => ({ errors: [{ extensions: { code: 'RESYNC', reason } }] })

describe('a subgraph that is started anew', () => {
  it('costs no event, and none comes twice', async () => {
    await start()
    const [bySse, bySocket] = [await subscribeOverSse(community), await subscribeOverWebSocket(community)]
    await publishComment(community, 1)
    await waitForEvents(1, bySse, bySocket)
    await community.comments.kill()
    community.feed.publish(createCommentPayload(2))
    community.feed.publish(createCommentPayload(3))
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

  it('costs none before the first, either, where it says an id at once', async () => {
    await start()
    const followed = await subscribeOverSse(community)
    await waitForCondition('the subgraph is followed', () => community.comments.streams() === 1)
    // What it has said by now has come before what it answers now.
    await community.router.send('{ comments { id } }')
    await community.comments.kill()
    community.feed.publish(createCommentPayload(1))
    await community.comments.restart()
    await waitForEvents(1, followed)
    expect(followed.events).toEqual([expectedComment(1)])
  })

  it('is no silent hole where it gives no ids', async () => {
    await start({}, { numbered: false })
    const followed = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, followed)
    await community.comments.kill()
    await waitForEnd(followed)
    expect(followed).toMatchObject({
      events: [expectedComment(1), resync('SUBGRAPH_LOST')],
      phase: 'completed',
    })
    expect(community.comments.opened).toHaveLength(1)
  })

  it('is no silent hole where it does not come back in time', async () => {
    await start({ SUBSCRIPTION_RECONNECT_MS: '300' })
    const followed = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, followed)
    await community.comments.kill()
    await waitForEnd(followed)
    expect(followed).toMatchObject({
      events: [expectedComment(1), resync('SUBGRAPH_LOST')],
      phase: 'completed',
    })
  })

  it('is no silent hole where it does not know the event any more', async () => {
    await start()
    const followed = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, followed)
    await community.comments.kill()
    community.feed.forget()
    await community.comments.restart()
    await waitForEnd(followed)
    expect(followed).toMatchObject({
      events: [expectedComment(1), { errors: [{ extensions: { code: 'RESYNC' } }] }],
      phase: 'completed',
    })
  })

  it('is left alone when nobody waits for it', async () => {
    await start()
    const followed = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, followed)
    await community.comments.kill()
    followed.unsubscribe()
    await community.comments.restart()
    const other = await subscribeOverSse(community, { variables: { postId: 'p2' } })
    await waitForCondition('the other is followed', () => community.comments.streams() === 1)
    expect(community.comments.opened).toHaveLength(2)
    other.unsubscribe()
  })
})

it('says so when the subgraph cannot be asked at all', async () => {
  await start()
  await community.comments.kill()
  const followed = await subscribeOverSse(community)
  await waitForEnd(followed)
  expect(followed).toMatchObject({
    events: [{ errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'comments' } }] }],
    phase: 'completed',
  })
})

it.each([
  [401, { errors: [{ message: 'Not this one.', extensions: { code: 'FORBIDDEN' } }] }, 'FORBIDDEN', 1],
  [422, { errors: [{ message: 'Not this one.', extensions: { code: 'FORBIDDEN' } }] }, 'FORBIDDEN', 1],
  [404, { message: 'Not found' }, 'SUBGRAPH_UNAVAILABLE', 3],
  [503, { errors: [{ message: 'This process is being stopped.' }] }, 'SUBGRAPH_UNAVAILABLE', 3],
])(
  'a subgraph that refuses with status %i and %j: %s, asked %i times',
  async (status, value, code, times) => {
    await start()
    community.comments.refuse(status, value)
    const followed = await subscribeOverSse(community)
    await waitForEnd(followed)
    expect(followed).toMatchObject({ events: [{ errors: [{ extensions: { code } }] }], phase: 'completed' })
    expect(community.comments.opened).toHaveLength(times)
  },
)

it('says so when the supergraph changes, and takes subscriptions to the new one', async () => {
  await start()
  const followed = await subscribeOverSse(community)
  await publishComment(community, 1)
  await waitForEvents(1, followed)
  await community.router.replaceSupergraph(`${community.supergraph}\n`)
  await waitForEnd(followed)
  expect(followed).toMatchObject({
    events: [expectedComment(1), resync('SUPERGRAPH_CHANGED')],
    phase: 'completed',
  })
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
  const next = await subscribeOverSse(community)
  await publishComment(community, 2)
  await waitForEvents(1, next)
  expect(next.events).toEqual([expectedComment(2)])
})

it('lets go of who reads too slowly, and tells them; others go on', async () => {
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
  await waitForCondition('the slow one is there', () => text.includes('\r\n\r\n'))
  slow.pause()
  const quick = await subscribeOverSse(community, { query, variables: {} })
  expect(community.comments.opened).toHaveLength(1)

  const long = 'x'.repeat(500_000)
  // More than the kernel takes for the slow one, and the queue.
  for (let n = 1; n <= 60; n++) {
    community.feed.publish({ id: `c${n}`, text: long })
    await waitForEvents(n, quick)
  }
  quick.unsubscribe()
  // It was the last one that had not been let go.
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
  slow.resume()
  await waitForCondition('the slow one has been told', () => text.includes('event: complete'))
  expect(text).toContain('"reason":"SLOW_READER"')
  expect(text.split('event: next').length).toBeLessThan(50)
  slow.destroy()
})

it('hands on what the subgraph refuses', async () => {
  await start()
  const followed = await subscribeOverSse(community, {
    query: commentAdded,
    variables: { postId: 'forbidden' },
  })
  await waitForEnd(followed)
  expect(followed).toMatchObject({
    events: [
      {
        data: { commentAdded: null },
        errors: [{ message: 'Not this one.', path: ['commentAdded'], extensions: { code: 'FORBIDDEN' } }],
      },
    ],
    phase: 'completed',
  })
})

it('takes no more subscribers than it is told to, and a next one when one leaves', async () => {
  await start({ MAX_SUBSCRIPTIONS: '2' })
  const [first] = [await subscribeOverSse(community), await subscribeOverSse(community)]
  const tooMany = await subscribeOverSse(community)
  await waitForEnd(tooMany)
  expect(tooMany.events).toMatchObject([
    { errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: 10 } }] },
  ])
  first.unsubscribe()
  // The router may not have seen yet that it has left.
  const next = async (): Promise<TestSubscription> => {
    const followed = await subscribeOverSse(community)
    await publishComment(community, 1)
    await waitForEvents(1, followed)
    return followed.phase === 'open' ? followed : next()
  }
  // A try before may have published, too.
  expect((await next()).events[0]).toMatchObject({ data: { commentAdded: { comment: {} } } })
})
