import type { ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

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

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

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

it('of 100 MB, ten at once: refused, with memory for no more than a few', async () => {
  let peak = 0
  // Nor does what earlier tests have left.
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers
  const used = () => process.memoryUsage().arrayBuffers - before
  transport.subgraph.behave((response) =>
    writeLargeAnswer(response, () => {
      if (used() <= peak) return
      // What nobody needs any more does not count, whenever it would be collected.
      collectGarbage()
      peak = Math.max(peak, used())
    }),
  )
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => transport.send()))
  expect(outcomes).toEqual(Array.from({ length: 10 }, () => unavailable))
  expect(peak).toBeGreaterThan(10_000_000)
  expect(peak).toBeLessThan(150_000_000)
  transport.subgraph.behave(fine)
  expect(await transport.send()).toHaveProperty('data')
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
