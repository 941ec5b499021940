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

/** Follows as the router does. */
function followAsRouter(port: number) {
  const texts: string[] = []
  const end: Promise<UpstreamEnd> = subscribeUpstream({
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
    onEvent: async (text) => void texts.push(text),
    log: createLog('router', 'silent'),
  })
  const sequences = () => texts.map((text) => Number(/"sequence":(\d+)/.exec(text)?.[1]))
  const received = (count: number) => waitUntil(`${count} have come`, () => texts.length >= count)
  return { texts, end, sequences, received }
}

it('the router loses no event of a subgraph that is started anew, and gets none twice', async () => {
  scene = await openScene()
  const port = await freePorts(1)
  let subgraph = await scene.start({ port })
  const { sequences, received, end } = followAsRouter(port)
  await waitUntil('it is followed', () => subgraph.things.followers === 1)
  let published = 0
  for (let restart = 0; restart < 3; restart++) {
    // The first time it is cut before it has had any event.
    await subgraph.close()
    await scene.publish('a', 2)
    subgraph = await scene.start({ port })
    await waitUntil('it is followed', () => subgraph.things.followers === 1)
    await scene.publish('a', 1)
    published += 3
    await received(published)
  }
  expect(sequences()).toEqual(Array.from({ length: published }, (_, index) => index + 1))
  stopping.abort()
  expect(await end).toBe('closed')
  await waitUntil('nobody follows', () => subgraph.things.followers === 0)
})

it('the router is told when the feed does not go back so far', async () => {
  scene = await openScene({ bytes: 32 * 1024 })
  const port = await freePorts(1)
  const subgraph = await scene.start({ port })
  const { texts, end } = followAsRouter(port)
  await waitUntil('it is followed', () => subgraph.things.followers === 1)
  await subgraph.close()
  for (let round = 0; round < 10; round++) await scene.publish('a', 200)
  await scene.start({ port })
  expect(await end).toBe('completed')
  expect(texts.map((text) => JSON.parse(text) as unknown)).toMatchObject([
    { errors: [{ extensions: { code: 'RESYNC' } }] },
  ])
})
