import { Agent } from 'undici'

import {
  subscribeUpstream,
  type UpstreamEnd,
} from '../../../../packages/federation-router/subscriptions/upstream'
import { createLog } from '../../../../packages/platform/log'
import { freePorts, waitUntil } from '../../../support/processes'
import { openScene, signed, type Scene } from './support'

let scene: Scene
let dispatcher: Agent
let stopping: AbortController
beforeEach(() => {
  dispatcher = new Agent()
  stopping = new AbortController()
})
afterEach(async () => {
  stopping.abort()
  await dispatcher.destroy()
  await scene.close()
})

const query = 'subscription { thingChanged { name sequence } }'

/** Subscribes as the router does. */
function subscribeAsRouter(port: number) {
  const texts: string[] = []
  const end: Promise<UpstreamEnd> = subscribeUpstream({
    protocol: 'sse',
    service: 'things',
    url: `http://127.0.0.1:${port}/graphql`,
    resumePosition: undefined,
    onPosition: () => undefined,
    body: JSON.stringify({ query }),
    createHeaders: () => ({ 'content-type': 'application/json', accept: 'text/event-stream', ...signed() }),
    dispatcher,
    maxEventLength: 1_000_000,
    reconnectMs: 20_000,
    signal: stopping.signal,
    onEvent: async ({ text }) => void texts.push(text),
    log: createLog('router', 'silent'),
  })
  const sequences = () => texts.map((text) => Number(/"sequence":(\d+)/.exec(text)?.[1]))
  const received = (count: number) => waitUntil(`${count} have arrived`, () => texts.length >= count)
  return { texts, end, sequences, received }
}

it('delivers every event to the router exactly once while the subgraph restarts', async () => {
  scene = await openScene()
  const port = await freePorts(1)
  let subgraph = await scene.start({ port })
  const { sequences, received, end } = subscribeAsRouter(port)
  await waitUntil('the router is subscribed', () => subgraph.things.followers === 1)
  let published = 0
  for (let restart = 0; restart < 3; restart++) {
    // The first restart comes before any event.
    await subgraph.close()
    await scene.publish('a', 2)
    subgraph = await scene.start({ port })
    await waitUntil('the router is subscribed', () => subgraph.things.followers === 1)
    await scene.publish('a', 1)
    published += 3
    await received(published)
  }
  expect(sequences()).toEqual(Array.from({ length: published }, (_, index) => index + 1))
  stopping.abort()
  expect(await end).toBe('closed')
  await waitUntil('the subscription has ended', () => subgraph.things.followers === 0)
})

it('sends RESYNC to the router when its position is beyond the retention', async () => {
  scene = await openScene({ maxTopicBytes: 32 * 1024 })
  const port = await freePorts(1)
  const subgraph = await scene.start({ port })
  const { texts, end } = subscribeAsRouter(port)
  await waitUntil('the router is subscribed', () => subgraph.things.followers === 1)
  await subgraph.close()
  for (let round = 0; round < 10; round++) await scene.publish('a', 200)
  await scene.start({ port })
  expect(await end).toBe('completed')
  expect(texts.map((text) => JSON.parse(text) as unknown)).toMatchObject([
    { errors: [{ extensions: { code: 'RESYNC' } }] },
  ])
})
