import { waitUntil } from '../../../support/processes'
import { composeSupergraph } from '../../../support/inMemoryFederation'
import { startRouter, startShop } from '../../../support/federation-router/testRouter'
import {
  failingResponse,
  validResponse,
  json,
  createTestContext,
  startScriptedSubgraph,
  startTransport,
  unavailable,
  type TestTransport,
} from '../../../support/federation-router/testTransport'

describe('the transport', () => {
  let transport: TestTransport
  let respond: () => void
  beforeEach(async () => {
    transport = await startTransport({ QUERY_RETRIES: '0' })
    const waiting: (() => void)[] = []
    respond = () => waiting.splice(0).forEach((resume) => resume())
    transport.subgraph.respondWith(
      (response, request) => void waiting.push(() => validResponse(response, request)),
    )
  })
  afterEach(() => transport.close())

  const arrived = (count: number) =>
    waitUntil(`${count} requests arrive`, () => transport.subgraph.requestCount() === count)
  const whole = { data: { me: { id: '1' } } }

  it.each(['text', 'bytes'] as const)(
    'sends equal queries of one operation, as %s, once, and returns a separate response for each',
    async (form) => {
      const text = '{"query":"{ me { id } }"}'
      const context = createTestContext()
      const body = () => (form === 'text' ? text : Buffer.from(text))
      const sent = Array.from({ length: 90 }, () => transport.send({ body: body() }, context))
      await arrived(1)
      respond()
      const responses = await Promise.all(sent)
      expect(responses).toEqual(Array.from({ length: 90 }, () => whole))
      expect(new Set(responses.map((each) => ('data' in each ? each.data : undefined))).size).toBe(90)
      expect(transport.subgraph.requestCount()).toBe(1)
    },
  )

  it('passes the response to the reader of each query', async () => {
    const context = createTestContext()
    const read: string[] = []
    const readAs = (name: string) => (body: Buffer | string) =>
      Boolean(read.push(`${name} ${body.toString()}`))
    const sent = [
      transport.send({ tryReadResponse: readAs('a') }, context),
      transport.send({ tryReadResponse: readAs('b') }, context),
    ]
    await arrived(1)
    respond()
    await Promise.all(sent)
    expect(read).toEqual([`a ${JSON.stringify(whole)}`, `b ${JSON.stringify(whole)}`])
  })

  it('sends queries that differ only after a long common prefix', async () => {
    const context = createTestContext()
    const start = 'x'.repeat(10_000)
    const sent = Array.from({ length: 90 }, (_, index) =>
      transport.send(
        { body: `{"query":"{ me { id } } # ${start}${String(index % 45).padStart(3, '0')}"}` },
        context,
      ),
    )
    await arrived(45)
    respond()
    await Promise.all(sent)
    expect(transport.subgraph.requestCount()).toBe(45)
  })

  it.each([
    ['another operation', {}, createTestContext()],
    ['a mutation', { kind: 'mutation' as const }, undefined],
  ])('does not deduplicate across %s', async (_what, request, other) => {
    const context = createTestContext()
    const sent = [transport.send(request, context), transport.send(request, other ?? context)]
    await arrived(2)
    respond()
    await Promise.all(sent)
  })

  it('sends a query again after its response', async () => {
    const context = createTestContext()
    transport.subgraph.respondWith(validResponse)
    await transport.send({}, context)
    await transport.send({}, context)
    expect(transport.subgraph.requestCount()).toBe(2)
  })

  it('fails equal queries together, and logs the failure once', async () => {
    transport.subgraph.respondWith(failingResponse)
    const context = createTestContext()
    const outcomes = await Promise.all([1, 2, 3].map(() => transport.send({}, context)))
    expect(outcomes).toEqual([unavailable, unavailable, unavailable])
    expect(transport.subgraph.requestCount()).toBe(1)
    expect(transport.logged).toHaveLength(1)
  })
})

it('fetches the author of 90 aliases once, on the fast path and by the standard executor', async () => {
  const shop = await startShop()
  try {
    const aliases = Array.from({ length: 90 }, (_, index) => `b${index}: books { nodes { author { name } } }`)
    for (let execution = 1; execution <= 3; execution++) {
      const { data, errors } = await shop.router.send(`{ ${aliases.join(' ')} }`)
      expect(errors).toBeUndefined()
      expect(data.b89.nodes[0]).toEqual({ author: { name: 'Ursula' } })
      expect(shop.subgraphs.people.requests.length).toBe(execution)
    }
  } finally {
    await shop.close()
  }
})

it('repeats a read between two writes of a mutation', async () => {
  const supergraph = composeSupergraph({
    first: {
      typeDefs:
        'type Query { one: Int } type Mutation { add: Thing } type Thing @key(fields: "id") { id: ID! }',
    },
    second: {
      typeDefs: 'type Mutation { grow: Int } type Thing @key(fields: "id") { id: ID! size: Int }',
    },
  })
  const [first, second] = await Promise.all([startScriptedSubgraph(), startScriptedSubgraph()])
  const urls = new Map([
    ['FIRST_URL', first.url],
    ['SECOND_URL', second.url],
  ])
  const router = await startRouter({}, urls, supergraph)
  first.respondWith((response, request) => {
    const [key = ''] = /\b[abc](?=:\s*add)/.exec(first.getBody(request)) ?? []
    json({ data: { [key]: { __typename: 'Thing', id: '1' } } })(response, request)
  })
  let size = 1
  second.respondWith((response, request) => {
    if (second.getBody(request).includes('grow')) json({ data: { grow: ++size } })(response, request)
    else json({ data: { _entities: [{ __typename: 'Thing', size }] } })(response, request)
  })
  try {
    const { data, errors } = await router.send('mutation { a: add { size } grow b: add { size } }')
    expect(errors).toBeUndefined()
    expect(data).toEqual({ a: { size: 1 }, grow: 2, b: { size: 2 } })
  } finally {
    await router.close()
    await first.close()
    await second.close()
  }
})
