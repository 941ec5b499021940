import { sendOperation } from '../../../support/federation-router/testRouter'
import {
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

it('answers events across three subgraphs, to one who leaves nothing behind', async () => {
  const followed = await subscribeOverSse(community)
  await publishComment(community, 1)
  await waitForEvents(1, followed)
  await publishComment(community, 2)
  await waitForEvents(2, followed)
  expect(followed.events).toEqual([expectedComment(1), expectedComment(2)])
  followed.unsubscribe()
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
})

it('lets identical subscriptions share one upstream, and completes each event once', async () => {
  const first = await subscribeOverSse(community)
  const others = await Promise.all(
    [1, 2, 3].map((extra) => subscribeOverSse(community, { variables: { extra, postId: 'p1' } })),
  )
  const different = await subscribeOverSse(community, { variables: { postId: 'p2' } })
  await waitForCondition('both are followed', () => community.comments.streams() === 2)
  different.unsubscribe()
  await waitForCondition('one is', () => community.comments.streams() === 1)

  const { queries } = community.users
  await publishComment(community, 1)
  await waitForEvents(1, first, ...others)
  for (const { events } of [first, ...others]) expect(events).toEqual([expectedComment(1)])
  expect(community.users.queries - queries).toBe(1)
  expect(community.comments.opened).toHaveLength(2)

  // Whoever came first may leave first.
  first.unsubscribe()
  await publishComment(community, 2)
  await waitForEvents(2, ...others)
  expect(community.comments.streams()).toBe(1)
  for (const each of others) each.unsubscribe()
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
})

test.each([
  ['what is not valid', '{ nobody }', {}],
  ['what cannot be parsed', 'subscription {', {}],
  [
    'what is too deep',
    `subscription { commentAdded(postId: 1) ${'{ comment '.repeat(17)}{ id }${'}'.repeat(17)} }`,
    {},
  ],
  ['wrong variables', commentAdded, {}],
])('%s is refused with the errors that a query has', async (_, query, variables) => {
  const followed = await subscribeOverSse(community, { query, variables })
  await waitForEnd(followed)
  const { errors } = await sendOperation(`${community.router.url}/graphql`, query, { variables })
  expect(errors?.length).toBeGreaterThan(0)
  expect(followed).toMatchObject({ events: [{ errors }], phase: 'completed' })
  expect(community.comments.opened).toEqual([])
})

it('has the same limits', async () => {
  const query = `subscription { commentAdded(postId: 1) { comment { ${Array.from({ length: 101 }, (_, n) => `a${n}: id`).join(' ')} } } }`
  const followed = await subscribeOverSse(community, { query, variables: {} })
  await waitForEnd(followed)
  expect(followed.events).toEqual([
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

it('answers other operations, too', async () => {
  const followed = await subscribeOverSse(community, { query: '{ posts { title } }', variables: {} })
  await waitForEnd(followed)
  expect(followed).toMatchObject({
    events: [{ data: { posts: [{ title: 'title of p1' }] } }],
    phase: 'completed',
  })
})

it('says which ways a subscription has where it came by another', async () => {
  const { status, errors } = await community.router.send(commentAdded, { variables: { postId: 'p1' } })
  expect(status).toBe(200)
  expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }])
})

it("masks a subgraph's errors in events", async () => {
  const query = 'subscription { commentAdded(postId: 1) { comment { id secret } } }'
  const followed = await subscribeOverSse(community, { query, variables: {} })
  await publishComment(community, 1)
  await waitForEvents(1, followed)
  expect(followed.events).toEqual([
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
  followed.unsubscribe()
})
