import { GraphQLError } from 'graphql'
import { EventEmitter, on } from 'node:events'

import { openEventSource } from '../../../support/federation-router/eventSource'
import {
  startForeignFederation,
  type ForeignFederation,
} from '../../../support/federation-router/foreignFederation'
import { waitUntil } from '../../../support/processes'

const emitter = new EventEmitter()

let federation: ForeignFederation
beforeAll(async () => {
  federation = await startForeignFederation(
    {
      news: {
        typeDefs: `scalar Big
          type Item @key(fields: "id") { id: ID! big: Big }
          type Query { items: Int }
          type Subscription { added(topic: String): Item  two: Item  refused: Item }`,
        resolvers: {
          Subscription: {
            added: {
              subscribe: () => on(emitter, 'item'),
              resolve: ([item]: unknown[]) => item,
            },
            two: {
              subscribe: async function* () {
                yield { two: { id: '1' } }
                yield { two: { id: '2' } }
              },
            },
            refused: {
              subscribe: () => {
                throw new GraphQLError('Not this one.', { extensions: { code: 'FORBIDDEN' } })
              },
            },
          },
        },
      },
      ratings: {
        typeDefs: 'type Item @key(fields: "id") { id: ID! stars: Int }',
        resolvers: {
          Item: {
            __resolveReference: (item: unknown) => item,
            stars: ({ id }: { id: string }) => Number(id) * 5,
          },
        },
      },
    },
    { NEWS_SUBSCRIPTION_PROTOCOL: 'graphql-ws', NEWS_SUBSCRIPTION_PATH: '/ws' },
  )
})
afterAll(() => federation.close())
beforeEach(() => federation.takeRequests())

type Source = Awaited<ReturnType<typeof openEventSource>>
const subscribe = (query: string, variables = {}) => openEventSource(federation, { query, variables })
const readEvents = ({ blocks }: Source) =>
  blocks.filter(({ type }) => type === 'next').map(({ data }) => JSON.parse(data) as unknown)
const waitForEnd = (source: Source) => waitUntil('the stream has ended', () => source.phase === 'ended')
const waitForUpstream = () => waitUntil('the upstream is open', () => emitter.listenerCount('item') > 0)
const waitForClose = () => waitUntil('the upstream is closed', () => emitter.listenerCount('item') === 0)

it('completes events with fields of other subgraphs, until the subgraph completes the subscription', async () => {
  const source = await subscribe('subscription { two { id stars } }')
  await waitForEnd(source)
  expect(readEvents(source)).toEqual([
    { data: { two: { id: '1', stars: 5 } } },
    { data: { two: { id: '2', stars: 10 } } },
  ])
  const [request] = federation.takeRequests()
  const requestId = request?.headers['x-request-id']
  expect(requestId).toEqual(expect.any(String))
  expect(JSON.parse(request?.text ?? '')).toMatchObject({ connectionParams: { 'x-request-id': requestId } })
})

it('shares one upstream, which closes with its last subscriber', async () => {
  const query = 'subscription ($topic: String) { added(topic: $topic) { id } }'
  const sources = [await subscribe(query, { topic: 'a' }), await subscribe(query, { topic: 'a' })]
  await waitForUpstream()
  emitter.emit('item', { id: '7' })
  await waitUntil('the events have arrived', () => sources.every((source) => readEvents(source).length === 1))
  expect(sources.map(readEvents)).toEqual(Array(2).fill([{ data: { added: { id: '7' } } }]))
  expect(federation.takeRequests()).toHaveLength(1)
  for (const source of sources) source.close()
  await waitForClose()
})

it('passes on the errors of a refused subscription', async () => {
  const source = await subscribe('subscription { refused { id } }')
  await waitForEnd(source)
  expect(readEvents(source)).toEqual([
    { data: { refused: null }, errors: [expect.objectContaining({ extensions: { code: 'FORBIDDEN' } })] },
  ])
})

it('ends with RESYNC when the connection is lost', async () => {
  const source = await subscribe('subscription { added { id } }')
  await waitForUpstream()
  federation.disconnectSockets()
  await waitForEnd(source)
  expect(readEvents(source)).toEqual([
    { errors: [expect.objectContaining({ extensions: { code: 'RESYNC', reason: 'SUBGRAPH_LOST' } })] },
  ])
})

it('ends with SUBGRAPH_UNAVAILABLE when the subgraph accepts no WebSocket', async () => {
  const other = await startForeignFederation(
    {
      news: {
        typeDefs: 'type Query { a: Int } type Subscription { a: Int }',
        resolvers: {},
      },
    },
    { SUBSCRIPTION_PROTOCOL: 'graphql-ws' },
  )
  try {
    const source = await openEventSource(other, { query: 'subscription { a }', variables: {} })
    await waitForEnd(source)
    expect(readEvents(source)).toEqual([
      {
        errors: [expect.objectContaining({ extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'news' } })],
      },
    ])
  } finally {
    await other.close()
  }
})
