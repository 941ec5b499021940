import type { ServerResponse } from 'node:http'

import { waitUntil } from '../../support/processes'
import { fine, startTransport, unavailable, type TestTransport } from './support'

let transport: TestTransport
beforeAll(async () => {
  transport = await startTransport({
    QUERY_RETRIES: '0',
    QUERY_TIMEOUT_MS: '25000',
    BREAKER_MIN_FETCHES: '1000',
  })
})
afterAll(() => transport.close())

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
  transport.subgraph.behave((response) => {
    let written = 0
    writeLargeAnswer(response, () => (most = Math.max(most, ++written)))
  })
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => transport.send()))
  expect(outcomes).toEqual(Array.from({ length: 10 }, () => unavailable))
  // What is beyond the limit of 32 is in the buffers of the sockets.
  expect(most).toBeLessThan(50)
  transport.subgraph.behave(fine)
  expect(await transport.send()).toHaveProperty('data')
})

it('below the limit, ten at once: as many as fit into twice the limit are kept, and no others', async () => {
  const part = Buffer.alloc(20_000_000, 'x')
  const responses: ServerResponse[] = []
  transport.subgraph.behave((response) => {
    responses.push(response)
    response.write('{"data":{"id":"')
    response.write(part)
  })
  let refused = 0
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
})

it('that says so beforehand: not even read', async () => {
  let written = 0
  transport.subgraph.behave((response) => {
    response.writeHead(200, { 'content-length': String(size) })
    writeLargeAnswer(response, () => written++)
  })
  expect(await transport.send()).toEqual(unavailable)
  expect(written).toBeLessThan(50)
})

it('below the limit: an answer', async () => {
  const id = 'x'.repeat(20_000_000)
  transport.subgraph.behave((response) => void response.end(JSON.stringify({ data: { id } })))
  expect(await transport.send()).toEqual({ data: { id } })
})
