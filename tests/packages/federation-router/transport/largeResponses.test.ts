import type { ServerResponse } from 'node:http'

import { waitUntil } from '../../../support/processes'
import {
  validResponse,
  startTransport,
  unavailable,
  type TestTransport,
} from '../../../support/federation-router/testTransport'

let transport: TestTransport
beforeAll(async () => {
  // A failure of the subgraph would open the circuit.
  transport = await startTransport({ QUERY_TIMEOUT_MS: '25000', BREAKER_MIN_FETCHES: '1' })
})
/** Large responses are no failures of the subgraph: the circuit stays closed, and nothing is retried. */
afterEach(async () => {
  const before = transport.subgraph.requestCount()
  transport.subgraph.respondWith(validResponse)
  expect(await transport.send()).toHaveProperty('data')
  expect(transport.subgraph.requestCount()).toBe(before + 1)
})
afterAll(() => transport.close())

const tooLarge = { failure: { code: 'QUERY_TOO_COMPLEX', service: 'tests' } }
const size = 100_000_000
const chunk = Buffer.alloc(1_000_000, 'x')

/** Writes 100 MB of JSON as fast as the router reads. */
function writeLargeResponse(response: ServerResponse, onWrite: () => void): void {
  let left = size / chunk.length
  response.write('{"data":{"me":{"id":"')
  const more = () => {
    onWrite()
    if (left-- === 0) return void response.end('"}}}')
    if (response.write(chunk)) setImmediate(more)
    else response.once('drain', more)
  }
  more()
}

it('rejects ten simultaneous responses of 100 MB before their end', async () => {
  let most = 0
  transport.subgraph.respondWith((response) => {
    let written = 0
    writeLargeResponse(response, () => (most = Math.max(most, ++written)))
  })
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => transport.send()))
  // Some exceed the limit of one response, others that of all responses together.
  for (const outcome of outcomes) expect([tooLarge, unavailable]).toContainEqual(outcome)
  expect(transport.subgraph.requestCount()).toBe(10)
  // The excess over the limit of 32 is in the buffers of the sockets.
  expect(most).toBeLessThan(50)
})

it('accepts as many simultaneous responses below the limit as fit into twice the limit', async () => {
  const part = Buffer.alloc(20_000_000, 'x')
  const responses: ServerResponse[] = []
  transport.subgraph.respondWith((response) => {
    responses.push(response)
    response.write('{"data":{"id":"')
    response.write(part)
  })
  let rejected = 0
  const before = transport.subgraph.requestCount()
  const outcomes = Array.from({ length: 10 }, async () => {
    const outcome = await transport.send()
    rejected++
    return outcome
  })
  // No response is complete yet, so any outcome is a rejection.
  await waitUntil('seven are rejected', () => rejected === 7)
  for (const response of responses) response.end('"}}')
  const all = await Promise.all(outcomes)
  expect(all.filter((outcome) => 'data' in outcome).length).toBe(3)
  expect(all.filter((outcome) => 'failure' in outcome)).toEqual(Array.from({ length: 7 }, () => unavailable))
  expect(transport.subgraph.requestCount()).toBe(before + 10)
})

it('rejects a response by its content-length without reading it', async () => {
  let written = 0
  transport.subgraph.respondWith((response) => {
    response.writeHead(200, { 'content-length': String(size) })
    writeLargeResponse(response, () => written++)
  })
  expect(await transport.send()).toEqual(tooLarge)
  expect(written).toBeLessThan(50)
})

it('accepts a response below the limit', async () => {
  const id = 'x'.repeat(20_000_000)
  transport.subgraph.respondWith((response) => void response.end(JSON.stringify({ data: { id } })))
  expect(await transport.send()).toEqual({ data: { id } })
})
