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

/** Returns the errors of a refused operation, which are equal over all protocols. */
async function readRefusal(
  community: RouterOwner,
  query: string,
  variables: Record<string, unknown>,
): Promise<unknown> {
  const options: TestSubscriptionOptions = { query, variables }
  const { status, errors } = await community.router.send(query, { variables })
  expect(status).toBe(200)
  const multipart = await community.router.send(query, {
    variables,
    headers: { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' },
  })
  expect(multipart.errors).toEqual(errors)
  const [bySse, bySocket] = [
    await subscribeOverSse(community, options),
    await subscribeOverWebSocket(community, options),
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

describe('an operation type that the schema does not define', () => {
  let community: RouterOwner
  beforeAll(async () => {
    community = { router: await startRouter() }
  })
  afterAll(() => community.router.close())

  it('is not valid', async () => {
    expect(await readRefusal(community, 'subscription { commentAdded { id } }', {})).toEqual([
      invalid('The subscription operation is not supported by the schema.'),
    ])
  })
})

describe('a condition at the root of a subscription', () => {
  let community: Awaited<ReturnType<typeof startCommunity>>
  beforeAll(async () => {
    community = await startCommunity()
  })
  afterAll(() => community.close())

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
    expect(await readRefusal(community, query, { no: false })).toEqual(
      names.map((name) => invalid(`The directive "@${name}" may not be used at the root of a subscription.`)),
    )
    expect(community.comments.opened).toEqual([])
  })

  it('is the only invalid place: conditions below it and in queries are valid', async () => {
    const { errors, data } = await community.router.send(
      'query ($no: Boolean!) { posts @include(if: $no) { id } ... @skip(if: $no) { users { id } } }',
      { variables: { no: true } },
    )
    expect({ errors, data }).toEqual({ errors: undefined, data: { posts: [{ id: 'p1' }] } })
    const query = `subscription ($no: Boolean!) { ${field} { comment { id text @include(if: $no) } } }`
    const followed = await subscribeOverSse(community, { query, variables: { no: false } })
    await publishComment(community, 1)
    await waitForEvents(1, followed)
    expect(followed.events).toEqual([{ data: { commentAdded: { comment: { id: 'c1' } } } }])
    followed.unsubscribe()
  })
})
