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
  // The first failure would open the circuit.
  transport = await startTransport({ QUERY_TIMEOUT_MS: '25000', BREAKER_MIN_FETCHES: '1' })
})
/** Neither is a failure of the subgraph: it is asked on, and nothing was sent again. */
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

/** 100 MB of JSON, as fast as they are taken. */
function writeLargeAnswer(response: ServerResponse, onWrite: () => void): void {
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

it('of 100 MB, ten at once: refused, with none of them read to its end', async () => {
  let most = 0
  transport.subgraph.respondWith((response) => {
    let written = 0
    writeLargeAnswer(response, () => (most = Math.max(most, ++written)))
  })
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => transport.send()))
  // Some are refused for their own size, some for that of all together.
  for (const outcome of outcomes) expect([tooLarge, unavailable]).toContainEqual(outcome)
  expect(transport.subgraph.requestCount()).toBe(10)
  // What is beyond the limit of 32 is in the buffers of the sockets.
  expect(most).toBeLessThan(50)
})

it('below the limit, ten at once: as many as fit into twice the limit are kept, and no others', async () => {
  const part = Buffer.alloc(20_000_000, 'x')
  const responses: ServerResponse[] = []
  transport.subgraph.respondWith((response) => {
    responses.push(response)
    response.write('{"data":{"id":"')
    response.write(part)
  })
  let refused = 0
  const before = transport.subgraph.requestCount()
  const outcomes = Array.from({ length: 10 }, async () => {
    const outcome = await transport.send()
    refused++
    return outcome
  })
  // None has its end yet: what is answered now is refused.
  await waitUntil('seven are refused', () => refused === 7)
  for (const response of responses) response.end('"}}')
  const all = await Promise.all(outcomes)
  expect(all.filter((outcome) => 'data' in outcome).length).toBe(3)
  expect(all.filter((outcome) => 'failure' in outcome)).toEqual(Array.from({ length: 7 }, () => unavailable))
  expect(transport.subgraph.requestCount()).toBe(before + 10)
})

it('that says so beforehand: not even read', async () => {
  let written = 0
  transport.subgraph.respondWith((response) => {
    response.writeHead(200, { 'content-length': String(size) })
    writeLargeAnswer(response, () => written++)
  })
  expect(await transport.send()).toEqual(tooLarge)
  expect(written).toBeLessThan(50)
})

it('below the limit: an answer', async () => {
  const id = 'x'.repeat(20_000_000)
  transport.subgraph.respondWith((response) => void response.end(JSON.stringify({ data: { id } })))
  expect(await transport.send()).toEqual({ data: { id } })
})
