import { startRouter } from '../../../support/federation-router/testRouter'
import {
  waitForEnd,
  subscribeOverWebSocket,
  subscribeOverSse,
  publishComment,
  waitForEvents,
  startCommunity,
  type TestSubscriptionOptions,
  type RouterOwner,
} from '../../../support/federation-router/community'

/** The errors of an operation that is refused, which are the same whichever way it came. */
async function refusal(
  served: RouterOwner,
  query: string,
  variables: Record<string, unknown>,
): Promise<unknown> {
  const asked: TestSubscriptionOptions = { query, variables }
  const { status, errors } = await served.router.send(query, { variables })
  expect(status).toBe(200)
  const inParts = await served.router.send(query, {
    variables,
    headers: { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' },
  })
  expect(inParts.errors).toEqual(errors)
  const [bySse, bySocket] = [
    await subscribeOverSse(served, asked),
    await subscribeOverWebSocket(served, asked),
  ]
  await Promise.all([waitForEnd(bySse), waitForEnd(bySocket)])
  expect(bySse).toMatchObject({ events: [{ errors }], phase: 'completed' })
  expect(bySocket).toMatchObject({ events: [], phase: 'failed', error: errors })
  return errors
}

const invalid = (message: string) => ({
  message,
  locations: [expect.anything()],
  extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
})

describe('what the schema has no type for', () => {
  let served: RouterOwner
  beforeAll(async () => {
    served = { router: await startRouter() }
  })
  afterAll(() => served.router.close())

  it('is not valid', async () => {
    expect(await refusal(served, 'subscription { commentAdded { id } }', {})).toEqual([
      invalid('The subscription operation is not supported by the schema.'),
    ])
  })
})

describe('a condition at the root of a subscription', () => {
  let served: Awaited<ReturnType<typeof startCommunity>>
  beforeAll(async () => {
    served = await startCommunity()
  })
  afterAll(() => served.close())

  const field = 'commentAdded(postId: "p1")'
  const fields = '{ comment { id } }'
  it.each([
    ['on the field', `{ ${field} @include(if: $no) ${fields} }`, ['include']],
    ['of a constant', `{ ${field} @skip(if: false) ${fields} }`, ['skip']],
    ['on a fragment', `{ ... @skip(if: $no) { ${field} ${fields} } }`, ['skip']],
    [
      'in fragments',
      `{ ...A @skip(if: $no) } fragment A on Subscription { ...B } fragment B on Subscription { ...A ... { ${field} @include(if: $no) ${fields} } }`,
      ['skip', 'include'],
    ],
  ])('is not valid: %s', async (_, selection, names) => {
    const query = `subscription ($no: Boolean!) ${selection}`
    expect(await refusal(served, query, { no: false })).toEqual(
      names.map((name) => invalid(`The directive "@${name}" may not be used at the root of a subscription.`)),
    )
    expect(served.comments.opened).toEqual([])
  })

  it('is the only place: conditions below, and of queries, are as ever', async () => {
    const { errors, data } = await served.router.send(
      'query ($no: Boolean!) { posts @include(if: $no) { id } ... @skip(if: $no) { users { id } } }',
      { variables: { no: true } },
    )
    expect({ errors, data }).toEqual({ errors: undefined, data: { posts: [{ id: 'p1' }] } })
    const query = `subscription ($no: Boolean!) { ${field} { comment { id text @include(if: $no) } } }`
    const followed = await subscribeOverSse(served, { query, variables: { no: false } })
    await publishComment(served, 1)
    await waitForEvents(1, followed)
    expect(followed.events).toEqual([{ data: { commentAdded: { comment: { id: 'c1' } } } }])
    followed.unsubscribe()
  })
})
