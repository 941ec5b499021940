import { sendOperation } from '../../../support/federation-router/testRouter'
import {
  expectCompletedEvents,
  expectedComment,
  commentAdded,
  waitForEnd,
  subscribeOverSse,
  publishComment,
  waitForEvents,
  useCommunityPerTest,
  waitForCondition,
} from '../../../support/federation-router/community'

const community = useCommunityPerTest()

it('completes events from three subgraphs, and closes the upstream when the client disconnects', async () => {
  await expectCompletedEvents(community, await subscribeOverSse(community))
})

it('shares one upstream among identical subscriptions, and completes each event once', async () => {
  const first = await subscribeOverSse(community)
  const others = await Promise.all(
    [1, 2, 3].map((extra) => subscribeOverSse(community, { variables: { extra, postId: 'p1' } })),
  )
  const different = await subscribeOverSse(community, { variables: { postId: 'p2' } })
  await waitForCondition('both upstreams are open', () => community.comments.streams() === 2)
  different.unsubscribe()
  await waitForCondition('one upstream is open', () => community.comments.streams() === 1)

  const { queries } = community.users
  await publishComment(community, 1)
  await waitForEvents(1, first, ...others)
  for (const { events } of [first, ...others]) expect(events).toEqual([expectedComment(1)])
  expect(community.users.queries - queries).toBe(1)
  expect(community.comments.opened).toHaveLength(2)

  // The first subscriber may leave first.
  first.unsubscribe()
  await publishComment(community, 2)
  await waitForEvents(2, ...others)
  expect(community.comments.streams()).toBe(1)
  for (const each of others) each.unsubscribe()
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
})

test.each([
  ['an invalid document', '{ nobody }', {}],
  ['a syntax error', 'subscription {', {}],
  [
    'an operation that is too deep',
    `subscription { commentAdded(postId: 1) ${'{ comment '.repeat(17)}{ id }${'}'.repeat(17)} }`,
    {},
  ],
  ['wrong variables', commentAdded, {}],
])('refuses %s with the errors of a query', async (_, query, variables) => {
  const stream = await subscribeOverSse(community, { query, variables })
  await waitForEnd(stream)
  const { errors } = await sendOperation(`${community.router.url}/graphql`, query, { variables })
  expect(errors?.length).toBeGreaterThan(0)
  expect(stream).toMatchObject({ events: [{ errors }], phase: 'completed' })
  expect(community.comments.opened).toEqual([])
})

it('applies the limits of queries', async () => {
  const query = `subscription { commentAdded(postId: 1) { comment { ${Array.from({ length: 101 }, (_, n) => `a${n}: id`).join(' ')} } } }`
  const stream = await subscribeOverSse(community, { query, variables: {} })
  await waitForEnd(stream)
  expect(stream.events).toEqual([
    {
      errors: [
        {
          message: 'The operation has up to 101 aliases; at most 100 are allowed.',
          extensions: { code: 'QUERY_TOO_COMPLEX' },
        },
      ],
    },
  ])
})

it('responds to queries and mutations', async () => {
  const stream = await subscribeOverSse(community, { query: '{ posts { title } }', variables: {} })
  await waitForEnd(stream)
  expect(stream).toMatchObject({
    events: [{ data: { posts: [{ title: 'title of p1' }] } }],
    phase: 'completed',
  })
})

it('names the protocols for subscriptions in the error over plain HTTP', async () => {
  const { status, errors } = await community.router.send(commentAdded, { variables: { postId: 'p1' } })
  expect(status).toBe(200)
  expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }])
})

it('masks errors of subgraphs in events', async () => {
  const query = 'subscription { commentAdded(postId: 1) { comment { id secret } } }'
  const stream = await subscribeOverSse(community, { query, variables: {} })
  await publishComment(community, 1)
  await waitForEvents(1, stream)
  expect(stream.events).toEqual([
    {
      errors: [
        {
          message: 'Something went wrong on our side.',
          path: ['commentAdded', 'comment', 'secret'],
          extensions: { code: 'INTERNAL_SERVER_ERROR' },
        },
      ],
      data: { commentAdded: { comment: { id: 'c1', secret: null } } },
    },
  ])
  stream.unsubscribe()
})
