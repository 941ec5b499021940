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

/** Holds responses back until it is opened. */
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
      for (const respond of waiting.splice(0)) respond()
    },
  }
}

const isFailure = (outcome: FetchResult) => 'failure' in outcome

it('sends 256 requests at the same time, queues 256, and rejects the next', async () => {
  transport = await startTransport()
  const { behaviour, open } = gate()
  transport.subgraph.respondWith(behaviour)
  const sent = Array.from({ length: 512 }, () => transport.send())
  await waitUntil('the first requests have arrived', () => transport.subgraph.requestCount() === 256)
  expect(await transport.send()).toEqual(unavailable)
  expect(await transport.send({ kind: 'mutation' })).toEqual(unavailable)
  expect(transport.subgraph.requestCount()).toBe(256)
  open()
  expect((await Promise.all(sent)).filter(isFailure)).toEqual([])
  expect(transport.subgraph.maxConcurrent()).toBe(256)
  expect(await transport.send()).toHaveProperty('data')
})

it('drops a queued request when its client disconnects or its deadline passes, and admits another', async () => {
  transport = await startTransport({ MAX_FETCHES: '2', MAX_QUEUED_FETCHES: '2' })
  const { behaviour, open } = gate()
  transport.subgraph.respondWith(behaviour)
  const active = [transport.send(), transport.send()]
  await waitUntil('both requests arrive', () => transport.subgraph.requestCount() === 2)
  const client = createTestClient()
  const aborted = transport.send({}, client)
  expect(await transport.send({}, { deadline: performance.now() + 30 })).toEqual(timedOut)
  client.abort()
  expect(await aborted).toEqual(unavailable)
  const waiting = [transport.send(), transport.send()]
  expect(await transport.send()).toEqual(unavailable)
  open()
  expect((await Promise.all([...active, ...waiting])).filter(isFailure)).toEqual([])
  expect(transport.subgraph.requestCount()).toBe(4)
})
