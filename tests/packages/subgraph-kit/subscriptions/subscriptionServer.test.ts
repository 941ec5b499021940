import { createClient } from 'graphql-sse'

import { anonymous } from '../../../../packages/auth/viewer'
import { createViewerVerifier } from '../../../../packages/auth/viewerToken'
import { waitUntil } from '../../../support/processes'
import { createViewer, routerSecret } from '../../../support/subgraph'
import {
  waitForEnd,
  openSubscription,
  isComplete,
  readLastPosition,
  openScene,
  waitForResults,
  readResults,
  signed,
  type SubscribeOptions,
  type ReceivedStream,
  type Scene,
} from './support'

let scene: Scene
let subgraph: Awaited<ReturnType<Scene['start']>>
beforeEach(async () => {
  scene = await openScene()
  subgraph = await scene.start()
})
afterEach(() => scene.close())

const thingChanged = 'subscription ($name: String) { thingChanged(name: $name) { name sequence } }'
const changed = (name: string, sequence: number) => ({ data: { thingChanged: { name, sequence } } })

const subscribeToThings = (options?: SubscribeOptions) => openSubscription(subgraph, thingChanged, options)

/** Subscribes, and waits for the end of the stream. */
async function subscribeToEnd(query: string, options?: SubscribeOptions): Promise<ReceivedStream> {
  const stream = await openSubscription(subgraph, query, options)
  await waitForEnd(stream)
  return stream
}

const listSequences = (stream: ReceivedStream): number[] =>
  [...stream.text.matchAll(/"sequence":(\d+)/g)].map(([, number]) => Number(number))

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe('a subscription', () => {
  it('receives its start position, and then the events in order with their positions', async () => {
    const before = await scene.eventLog.readNewestPosition('things')
    const stream = await subscribeToThings()
    await scene.publish('a', 3)
    await waitForResults(stream, 3)
    const results = readResults(stream)
    expect(results.map(({ result }) => result)).toEqual([1, 2, 3].map((n) => changed('a', n)))
    expect(new Set(results.map(({ id }) => id)).size).toBe(3)
    expect(stream.text).toMatch(new RegExp(`^:\n\nid: ${before}\n\n`))
    expect(stream.text).toMatch(/\n\nevent: next\nid: \S+\ndata: \{.*\}\n\n/)
    expect(readLastPosition(stream)).toBe(await scene.eventLog.readNewestPosition('things'))
  })

  it("supports graphql-sse's client", async () => {
    const client = createClient({ url: subgraph.url, headers: signed(), retryAttempts: 0 })
    const results = client.iterate({ query: thingChanged, variables: { name: 'a' } })
    const first = results.next()
    await waitUntil('the client is subscribed', () => subgraph.things.followers === 1)
    await scene.publish('b', 1)
    await scene.publish('a', 2)
    expect(await first).toEqual({ done: false, value: changed('a', 1) })
    expect(await results.next()).toEqual({ done: false, value: changed('a', 2) })
    client.dispose()
    await waitUntil('the subscription has ended', () => subgraph.things.followers === 0)
  })

  it('resumes after its last position without losing events, in another process too', async () => {
    const first = await subscribeToThings()
    await scene.publish('a', 2)
    await waitForResults(first, 2)
    first.stop()
    await waitForEnd(first)
    await scene.publish('a', 2)
    subgraph = await scene.start()
    const second = await subscribeToThings({ after: readLastPosition(first) })
    await scene.publish('a', 1)
    await waitForResults(second, 3)
    expect([...listSequences(first), ...listSequences(second)]).toEqual(upTo(5))
  })

  it.each(['', 'nonsense', 'abcdef.3'])('receives RESYNC for the invalid position %j', async (after) => {
    const stream = await subscribeToEnd(thingChanged, { after })
    expect(readResults(stream)).toMatchObject([{ result: { errors: [{ extensions: { code: 'RESYNC' } }] } }])
    expect(isComplete(stream)).toBe(true)
  })

  it('receives the position alone of an event that is not visible to the viewer', async () => {
    const stream = await subscribeToThings()
    await scene.publish('a', 1, 'thing.hidden')
    const hidden = await scene.eventLog.readNewestPosition('things')
    await waitUntil('the position has arrived', () => readLastPosition(stream) === hidden)
    expect(readResults(stream)).toEqual([])
  })

  it('has a new context for each event, with the viewer and a token of the viewer', async () => {
    const viewer = createViewer()
    const query = 'subscription { thingChanged { first: context second: context viewer token } }'
    const stream = await openSubscription(subgraph, query, { viewer })
    await scene.publish('a', 2)
    await waitForResults(stream, 2)
    const contexts = readResults(stream).map(({ result }) => result)
    const token = expect.any(String)
    expect(contexts).toEqual(
      [2, 3].map((n) => ({ data: { thingChanged: { first: n, second: n, viewer: viewer.id, token } } })),
    )
    const [text = ''] = /(?<="token":")[^"]+/.exec(stream.text) ?? []
    expect(createViewerVerifier(routerSecret)(text)).toEqual({ viewer, address: '192.0.2.1' })
  })

  it('continues after errors, which are formatted as those of a query', async () => {
    const query = 'subscription { thingChanged { sequence secret theirs } }'
    const stream = await openSubscription(subgraph, query)
    await scene.publish('a', 1)
    await scene.publish('a', 1, 'thing.broken')
    await scene.publish('a', 1)
    await waitForResults(stream, 3)
    const masked = {
      message: 'Something went wrong on our side.',
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    }
    const of = (sequence: number) => ({
      data: { thingChanged: { sequence, secret: null, theirs: null } },
      errors: [
        { ...masked, path: ['thingChanged', 'secret'] },
        { message: 'Not yours.', path: ['thingChanged', 'theirs'], extensions: { code: 'FORBIDDEN' } },
      ],
    })
    expect(readResults(stream).map(({ result }) => result)).toMatchObject([
      of(1),
      { errors: [masked] },
      of(3),
    ])
    expect(stream.text).not.toContain('10.1.2.3')
  })

  it('is completed when its source ends', async () => {
    const stream = await subscribeToEnd('subscription { flood(count: 3, length: 1) }')
    expect(readResults(stream)).toEqual(
      upTo(3).map((n) => ({ id: String(n), result: { data: { flood: 'x' } } })),
    )
    expect(stream.text).toMatch(/event: complete\ndata:\n\n$/)
  })

  it('sends heartbeats', async () => {
    subgraph = await scene.start({ heartbeatMs: 100 })
    const stream = await subscribeToThings()
    await waitUntil('heartbeats have arrived', () => stream.text.split('\n\n:\n\n').length > 3)
    expect(readResults(stream)).toEqual([])
  })
})

describe('a rejected subscription', () => {
  it.each([{}, { headers: { 'agora-viewer': 'nonsense' } }])(
    'has no valid viewer token: %j',
    async (options) => {
      const headers = { 'agora-viewer': '', ...options.headers }
      expect(await subscribeToEnd(thingChanged, { headers })).toMatchObject({ status: 401, events: [] })
    },
  )

  it.each([
    ['an invalid subscription', 'subscription { nothing }', {}],
    ['an argument of the wrong type', 'subscription { thingChanged(name: 1) { name } }', {}],
    ['two root fields', 'subscription { thingChanged { name } flood(count: 1, length: 1) }', {}],
    ['invalid variables', thingChanged, { name: 1 }],
    ['an invalid query', '{ nothing }', {}],
    ['a query', '{ things }', {}],
  ])('responds in the stream as to a query: %s', async (_, query, variables) => {
    const stream = await subscribeToEnd(query, { variables })
    const { status: _status, ...response } = await subgraph.send(query, variables)
    expect(response.errors ?? response.data).toBeDefined()
    expect(stream).toMatchObject({ status: 200, phase: 'ended' })
    expect(readResults(stream)).toEqual([{ id: undefined, result: response }])
    expect(isComplete(stream)).toBe(true)
  })

  it.each([
    ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['an empty document', '', 'BAD_REQUEST'],
    ['an ambiguous operation', 'query A { things } query B { things }', 'OPERATION_RESOLUTION_FAILURE'],
  ])('responds with a status: %s', async (_, query, code) => {
    const stream = await subscribeToEnd(query)
    expect(stream.status).toBe(400)
    expect(JSON.parse(stream.text)).toMatchObject({ errors: [{ extensions: { code } }] })
  })

  it.each([
    [
      'an error of the root field',
      'subscription { refusal(isExpected: true) }',
      {},
      { code: 'FORBIDDEN' },
      'refusal',
    ],
    [
      'a text that cannot be stored',
      thingChanged,
      { name: 'a\0' },
      { code: 'BAD_USER_INPUT', argument: ['name'] },
      'thingChanged',
    ],
  ])('sends the error in the stream: %s', async (_, query, variables, extensions, field) => {
    const stream = await subscribeToEnd(query, { variables })
    expect(stream.status).toBe(200)
    expect(readResults(stream)).toMatchObject([{ result: { errors: [{ path: [field], extensions }] } }])
    expect(isComplete(stream)).toBe(true)
  })

  it('masks an unexpected error, with a status that permits a retry', async () => {
    const stream = await subscribeToEnd('subscription { refusal(isExpected: false) }')
    expect(stream.status).toBe(500)
    expect(JSON.parse(stream.text)).toMatchObject({
      errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    })
    expect(stream.text).not.toContain('10.1.2.3')
  })

  it('uses another method than POST', async () => {
    const response = await fetch(`${subgraph.url}?query=${encodeURIComponent(thingChanged)}`, {
      headers: { accept: 'text/event-stream', ...signed(anonymous) },
    })
    expect(response.status).toBe(406)
  })
})
