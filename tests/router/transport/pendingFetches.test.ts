import { waitUntil } from '../../support/processes'
import { composeSupergraph } from '../execution/support'
import { startRouter, startShop } from '../support/router'
import {
  failing,
  fine,
  json,
  makeContext,
  startTestSubgraph,
  startTransport,
  unavailable,
  type TestTransport,
} from './support'

describe('the transport', () => {
  let transport: TestTransport
  let answer: () => void
  beforeEach(async () => {
    transport = await startTransport({ QUERY_RETRIES: '0' })
    const waiting: (() => void)[] = []
    answer = () => waiting.splice(0).forEach((go) => go())
    transport.subgraph.behave((response, request) => void waiting.push(() => fine(response, request)))
  })
  afterEach(() => transport.close())

  const arrived = (count: number) => waitUntil(`${count} arrive`, () => transport.subgraph.seen() === count)
  const whole = { data: { me: { id: '1' } } }

  it.each(['text', 'bytes'] as const)(
    'sends equal queries of one operation, as %s, once, and gives each an answer of its own',
    async (form) => {
      const text = '{"query":"{ me { id } }"}'
      const context = makeContext()
      const body = () => (form === 'text' ? text : Buffer.from(text))
      const sent = Array.from({ length: 90 }, () => transport.send({ body: body() }, context))
      await arrived(1)
      answer()
      const answers = await Promise.all(sent)
      expect(answers).toEqual(Array.from({ length: 90 }, () => whole))
      expect(new Set(answers.map((each) => ('data' in each ? each.data : undefined))).size).toBe(90)
      expect(transport.subgraph.seen()).toBe(1)
    },
  )

  it('lets each of them read the response', async () => {
    const context = makeContext()
    const read: string[] = []
    const readAs = (name: string) => (bytes: Buffer) => Boolean(read.push(`${name} ${bytes.toString()}`))
    const sent = [
      transport.send({ read: readAs('a') }, context),
      transport.send({ read: readAs('b') }, context),
    ]
    await arrived(1)
    answer()
    await Promise.all(sent)
    expect(read).toEqual([`a ${JSON.stringify(whole)}`, `b ${JSON.stringify(whole)}`])
  })

  it('sends all that differ, even after long equal beginnings', async () => {
    const context = makeContext()
    const start = 'x'.repeat(10_000)
    const sent = Array.from({ length: 90 }, (_, index) =>
      transport.send(
        { body: `{"query":"{ me { id } } # ${start}${String(index % 45).padStart(3, '0')}"}` },
        context,
      ),
    )
    await arrived(45)
    answer()
    await Promise.all(sent)
    expect(transport.subgraph.seen()).toBe(45)
  })

  it.each([
    ['another operation', {}, makeContext()],
    ['a mutation', { kind: 'mutation' as const }, undefined],
  ])('does not merge with those of %s', async (_what, request, other) => {
    const context = makeContext()
    const sent = [transport.send(request, context), transport.send(request, other ?? context)]
    await arrived(2)
    answer()
    await Promise.all(sent)
  })

  it('sends it again after its response', async () => {
    const context = makeContext()
    transport.subgraph.behave(fine)
    await transport.send({}, context)
    await transport.send({}, context)
    expect(transport.subgraph.seen()).toBe(2)
  })

  it('fails all of them together, and logs that once', async () => {
    transport.subgraph.behave(failing)
    const context = makeContext()
    const outcomes = await Promise.all([1, 2, 3].map(() => transport.send({}, context)))
    expect(outcomes).toEqual([unavailable, unavailable, unavailable])
    expect(transport.subgraph.seen()).toBe(1)
    expect(transport.logged).toHaveLength(1)
  })
})

it('fetches the author of 90 aliases once, on the fast path and on the standard one', async () => {
  const shop = await startShop()
  try {
    const aliases = Array.from({ length: 90 }, (_, index) => `b${index}: books { nodes { author { name } } }`)
    for (let execution = 1; execution <= 3; execution++) {
      const { data, errors } = await shop.router.send(`{ ${aliases.join(' ')} }`)
      expect(errors).toBeUndefined()
      expect(data.b89.nodes[0]).toEqual({ author: { name: 'Ursula' } })
      expect(shop.subgraphs.people.seen.length).toBe(execution)
    }
  } finally {
    await shop.close()
  }
})

it('repeats a read of a mutation after another write', async () => {
  const supergraph = composeSupergraph({
    first: {
      typeDefs:
        'type Query { one: Int } type Mutation { add: Thing } type Thing @key(fields: "id") { id: ID! }',
    },
    second: {
      typeDefs: 'type Mutation { grow: Int } type Thing @key(fields: "id") { id: ID! size: Int }',
    },
  })
  const [first, second] = await Promise.all([startTestSubgraph(), startTestSubgraph()])
  const urls = new Map([
    ['FIRST_URL', first.url],
    ['SECOND_URL', second.url],
  ])
  const router = await startRouter({}, urls, supergraph)
  first.behave((response, request) => {
    const [key = ''] = /\b[abc](?=:\s*add)/.exec(first.bodyOf(request)) ?? []
    json({ data: { [key]: { __typename: 'Thing', id: '1' } } })(response, request)
  })
  let size = 1
  second.behave((response, request) => {
    if (second.bodyOf(request).includes('grow')) json({ data: { grow: ++size } })(response, request)
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
