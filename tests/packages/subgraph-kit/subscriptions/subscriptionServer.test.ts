import { createClient } from 'graphql-sse'

import { anonymous } from '../../../../packages/auth/viewer'
import { createViewerVerifier } from '../../../../packages/auth/viewerToken'
import { waitUntil } from '../../../support/processes'
import { createViewer, routerSecret } from '../../../support/subgraph'
import {
  ended,
  follow,
  isComplete,
  lastIdOf,
  openScene,
  received,
  resultsOf,
  signed,
  type Asked,
  type Followed,
  type Scene,
} from './support'

let scene: Scene
let subgraph: Awaited<ReturnType<Scene['start']>>
beforeEach(async () => {
  scene = await openScene()
  subgraph = await scene.start({ heartbeatMs: 100 })
})
afterEach(() => scene.close())

const thingChanged = 'subscription ($name: String) { thingChanged(name: $name) { name sequence } }'
const changed = (name: string, sequence: number) => ({ data: { thingChanged: { name, sequence } } })

const followThings = (asked?: Asked) => follow(subgraph, thingChanged, asked)

/** Follows until there is no more. */
async function followToEnd(query: string, asked?: Asked): Promise<Followed> {
  const followed = await follow(subgraph, query, asked)
  await ended(followed)
  return followed
}

const sequencesOf = (followed: Followed): number[] =>
  [...followed.text.matchAll(/"sequence":(\d+)/g)].map(([, number]) => Number(number))

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe('a subscription', () => {
  it('is told of events in order, each with its id, and first where it begins', async () => {
    const before = await scene.feed.readNewestPosition('things')
    const followed = await followThings()
    await scene.publish('a', 3)
    await received(followed, 3)
    const results = resultsOf(followed)
    expect(results.map(({ result }) => result)).toEqual([1, 2, 3].map((n) => changed('a', n)))
    expect(new Set(results.map(({ id }) => id)).size).toBe(3)
    expect(followed.text).toMatch(new RegExp(`^:\n\nid: ${before}\n\n`))
    expect(followed.text).toMatch(/\n\nevent: next\nid: \S+\ndata: \{.*\}\n\n/)
    expect(lastIdOf(followed)).toBe(await scene.feed.readNewestPosition('things'))
  })

  it("is understood by graphql-sse's client", async () => {
    const client = createClient({ url: subgraph.url, headers: signed(), retryAttempts: 0 })
    const results = client.iterate({ query: thingChanged, variables: { name: 'a' } })
    const first = results.next()
    await waitUntil('it is followed', () => subgraph.things.followers === 1)
    await scene.publish('b', 1)
    await scene.publish('a', 2)
    expect(await first).toEqual({ done: false, value: changed('a', 1) })
    expect(await results.next()).toEqual({ done: false, value: changed('a', 2) })
    client.dispose()
    await waitUntil('nobody follows', () => subgraph.things.followers === 0)
  })

  it('that was cut goes on after the last id, and loses nothing, at another process too', async () => {
    const first = await followThings()
    await scene.publish('a', 2)
    await received(first, 2)
    first.stop()
    await ended(first)
    await scene.publish('a', 2)
    subgraph = await scene.start()
    const second = await followThings({ after: lastIdOf(first) })
    await scene.publish('a', 1)
    await received(second, 3)
    expect([...sequencesOf(first), ...sequencesOf(second)]).toEqual(upTo(5))
  })

  it.each(['', 'nonsense', 'abcdef.3'])('cannot go on after the unknown id %j', async (after) => {
    const followed = await followToEnd(thingChanged, { after })
    expect(resultsOf(followed)).toMatchObject([{ result: { errors: [{ extensions: { code: 'RESYNC' } }] } }])
    expect(isComplete(followed)).toBe(true)
  })

  it('tells the id alone of what does not show to the viewer', async () => {
    const followed = await followThings()
    await scene.publish('a', 1, 'thing.hidden')
    const hidden = await scene.feed.readNewestPosition('things')
    await waitUntil('the id has come', () => lastIdOf(followed) === hidden)
    expect(resultsOf(followed)).toEqual([])
  })

  it('has a new context for each event, with who has subscribed and a token of their own', async () => {
    const viewer = createViewer()
    const query = 'subscription { thingChanged { first: context second: context viewer token } }'
    const followed = await follow(subgraph, query, { viewer })
    await scene.publish('a', 2)
    await received(followed, 2)
    const contexts = resultsOf(followed).map(({ result }) => result)
    const token = expect.any(String)
    expect(contexts).toEqual(
      [2, 3].map((n) => ({ data: { thingChanged: { first: n, second: n, viewer: viewer.id, token } } })),
    )
    const [text = ''] = /(?<="token":")[^"]+/.exec(followed.text) ?? []
    expect(createViewerVerifier(routerSecret)(text)).toEqual({ viewer, address: '192.0.2.1' })
  })

  it('goes on after errors, which are those of a query', async () => {
    const query = 'subscription { thingChanged { sequence secret theirs } }'
    const followed = await follow(subgraph, query)
    await scene.publish('a', 1)
    await scene.publish('a', 1, 'thing.broken')
    await scene.publish('a', 1)
    await received(followed, 3)
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
    expect(resultsOf(followed).map(({ result }) => result)).toMatchObject([
      of(1),
      { errors: [masked] },
      of(3),
    ])
    expect(followed.text).not.toContain('10.1.2.3')
  })

  it('that has an end is completed', async () => {
    const followed = await followToEnd('subscription { flood(count: 3, length: 1) }')
    expect(resultsOf(followed)).toEqual(
      upTo(3).map((n) => ({ id: String(n), result: { data: { flood: 'x' } } })),
    )
    expect(followed.text).toMatch(/event: complete\ndata:\n\n$/)
  })

  it('says again and again that it lives', async () => {
    const followed = await followThings()
    await waitUntil('it has said so', () => followed.text.split('\n\n:\n\n').length > 3)
    expect(resultsOf(followed)).toEqual([])
  })
})

describe('what cannot begin', () => {
  it.each([{}, { headers: { 'agora-viewer': 'nonsense' } }])('asks without a token: %j', async (asked) => {
    const headers = { 'agora-viewer': '', ...asked.headers }
    expect(await followToEnd(thingChanged, { headers })).toMatchObject({ status: 401, events: [] })
  })

  it.each([
    ['what is not valid', 'subscription { nothing }', {}],
    ['an argument of another type', 'subscription { thingChanged(name: 1) { name } }', {}],
    ['two root fields', 'subscription { thingChanged { name } flood(count: 1, length: 1) }', {}],
    ['wrong variables', thingChanged, { name: 1 }],
    ['a query that is not valid', '{ nothing }', {}],
    ['a query', '{ things }', {}],
  ])('%s is answered in the stream, as a query is', async (_, query, variables) => {
    const followed = await followToEnd(query, { variables })
    const { status: _status, ...answer } = await subgraph.send(query, variables)
    expect(answer.errors ?? answer.data).toBeDefined()
    expect(followed).toMatchObject({ status: 200, phase: 'ended' })
    expect(resultsOf(followed)).toEqual([{ id: undefined, result: answer }])
    expect(isComplete(followed)).toBe(true)
  })

  it.each([
    ['no GraphQL', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['nothing', '', 'BAD_REQUEST'],
    ['one of two', 'query A { things } query B { things }', 'OPERATION_RESOLUTION_FAILURE'],
  ])('%s is refused with a status', async (_, query, code) => {
    const followed = await followToEnd(query)
    expect(followed.status).toBe(400)
    expect(JSON.parse(followed.text)).toMatchObject({ errors: [{ extensions: { code } }] })
  })

  it.each([
    [
      'what the root field refuses',
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
  ])('%s is told in the stream', async (_, query, variables, extensions, field) => {
    const followed = await followToEnd(query, { variables })
    expect(followed.status).toBe(200)
    expect(resultsOf(followed)).toMatchObject([{ result: { errors: [{ path: [field], extensions }] } }])
    expect(isComplete(followed)).toBe(true)
  })

  it('for an unknown reason is masked, and may be tried again', async () => {
    const followed = await followToEnd('subscription { refusal(isExpected: false) }')
    expect(followed.status).toBe(500)
    expect(JSON.parse(followed.text)).toMatchObject({
      errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    })
    expect(followed.text).not.toContain('10.1.2.3')
  })

  it('by another method is not taken', async () => {
    const response = await fetch(`${subgraph.url}?query=${encodeURIComponent(thingChanged)}`, {
      headers: { accept: 'text/event-stream', ...signed(anonymous) },
    })
    expect(response.status).toBe(406)
  })
})
