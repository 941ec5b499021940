import { waitUntil } from '../../../support/processes'
import {
  validResponse,
  createTestClient,
  startTransport,
  timedOut,
  unavailable,
  type Behaviour,
  type FetchResult,
  type TestTransport,
} from '../../../support/federation-router/testTransport'

let transport: TestTransport
afterEach(() => transport.close())

/** Lets requests wait until they are let go. */
function gate(): { behaviour: Behaviour; open(): void } {
  const waiting: (() => void)[] = []
  let isOpen = false
  return {
    behaviour: (response, request) => {
      if (isOpen) validResponse(response, request)
      else waiting.push(() => validResponse(response, request))
    },
    open: () => {
      isOpen = true
      for (const go of waiting.splice(0)) go()
    },
  }
}

const isRefused = (outcome: FetchResult) => 'failure' in outcome

it('lets 256 be under way and 256 wait, and refuses the next', async () => {
  transport = await startTransport()
  const { behaviour, open } = gate()
  transport.subgraph.respondWith(behaviour)
  const sent = Array.from({ length: 512 }, () => transport.send())
  await waitUntil('the first have arrived', () => transport.subgraph.requestCount() === 256)
  expect(await transport.send()).toEqual(unavailable)
  expect(await transport.send({ kind: 'mutation' })).toEqual(unavailable)
  expect(transport.subgraph.requestCount()).toBe(256)
  open()
  expect((await Promise.all(sent)).filter(isRefused)).toEqual([])
  expect(transport.subgraph.maxConcurrent()).toBe(256)
  expect(await transport.send()).toHaveProperty('data')
})

it('one that waits leaves when its client does, or when its time is up, and gives its place to another', async () => {
  transport = await startTransport({ MAX_FETCHES: '2', MAX_QUEUED_FETCHES: '2' })
  const { behaviour, open } = gate()
  transport.subgraph.respondWith(behaviour)
  const underWay = [transport.send(), transport.send()]
  await waitUntil('they arrive', () => transport.subgraph.requestCount() === 2)
  const client = createTestClient()
  const gone = transport.send({}, client)
  expect(await transport.send({}, { deadline: performance.now() + 30 })).toEqual(timedOut)
  client.abort()
  expect(await gone).toEqual(unavailable)
  const waiting = [transport.send(), transport.send()]
  expect(await transport.send()).toEqual(unavailable)
  open()
  expect((await Promise.all([...underWay, ...waiting])).filter(isRefused)).toEqual([])
  expect(transport.subgraph.requestCount()).toBe(4)
})
