import { ApolloClient, CombinedProtocolErrors, gql, HttpLink, InMemoryCache } from '@apollo/client'

import {
  expectedComment,
  commentAdded,
  waitForEnd,
  collectEvents,
  publishComment,
  waitForEvents,
  useCommunityPerTest,
  waitForCondition,
  type TestSubscription,
} from '../../../support/federation-router/community'

const community = useCommunityPerTest()

const subscribeOverMultipart = (query = commentAdded): TestSubscription => {
  const link = new HttpLink({ uri: `${community.router.url}/graphql` })
  const client = new ApolloClient({ link, cache: new InMemoryCache() })
  return collectEvents((sink) => {
    const subscription = client
      .subscribe({ query: gql(query), variables: { postId: 'p1' }, errorPolicy: 'all' })
      .subscribe(sink)
    return () => subscription.unsubscribe()
  })
}

it('completes events from three subgraphs, and closes the upstream when the client disconnects', async () => {
  const stream = subscribeOverMultipart()
  await publishComment(community, 1)
  await waitForEvents(1, stream)
  await publishComment(community, 2)
  await waitForEvents(2, stream)
  expect(stream.events).toMatchObject([expectedComment(1), expectedComment(2)])
  stream.unsubscribe()
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
})

it('reports why a stream ends', async () => {
  const stream = subscribeOverMultipart()
  await publishComment(community, 1)
  await waitForEvents(1, stream)
  await community.router.close()
  await waitForEnd(stream)
  const [, last] = stream.events
  const { error } = Object(last) as { error?: unknown }
  if (!CombinedProtocolErrors.is(error)) throw new Error(`Not an error of the protocol: ${String(error)}`)
  expect(error.errors).toMatchObject([{ extensions: { code: 'RESYNC', reason: 'SHUTDOWN' } }])
  expect(stream).toMatchObject({ phase: 'completed' })
})

const accept = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json'
const send = (query: string) =>
  fetch(`${community.router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query, variables: { postId: 'p1' } }),
  })

it('frames events as the protocol defines', async () => {
  const response = await send('subscription { commentAdded(postId: 1) { comment { id } } }')
  expect(response.headers.get('content-type')).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0')
  await publishComment(community, 1)
  let text = ''
  let closed: Promise<void> | undefined
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (text.includes('payload')) closed ??= community.router.close()
  }
  await closed
  const head = 'content-type: application/json\r\n\r\n'
  expect(text.split('\r\n--graphql')).toEqual([
    '',
    `\r\n${head}{}`,
    `\r\n${head}{"payload":{"data":{"commentAdded":{"comment":{"id":"c1"}}}}}`,
    expect.stringMatching(/\{"payload":null,"errors":\[.*\]\}$/),
    '--\r\n',
  ])
})

it.each([['{ posts { title } }'], ['{ nobody }']])('responds to %s in JSON', async (query) => {
  const [response, expected] = [await send(query), await community.router.send(query)]
  expect(response.headers.get('content-type')).toBe(expected.headers.get('content-type'))
  expect(await response.text()).toBe(expected.text)
})
