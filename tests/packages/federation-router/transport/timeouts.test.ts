import { waitUntil } from '../../../support/processes'
import {
  validResponse,
  noResponse,
  holdClock,
  createTestClient,
  startTransport,
  timedOut,
  unavailable,
  type TestTransport,
} from '../../../support/federation-router/testTransport'

let transport: TestTransport
afterEach(() => transport.close())

const mutation = { kind: 'mutation' } as const
const sendSlowly = (response: {
  write(text: string): void
  once(event: 'close', done: () => void): void
}) => {
  const timer = setInterval(() => response.write(' '), 10)
  response.once('close', () => clearInterval(timer))
}

describe('a timeout', () => {
  it('ends queries and mutations after different times', async () => {
    transport = await startTransport({
      QUERY_TIMEOUT_MS: '1000',
      MUTATION_TIMEOUT_MS: '2000',
      QUERY_RETRIES: '0',
    })
    transport.subgraph.respondWith(noResponse)
    const order: string[] = []
    const outcomes = await Promise.all([
      transport.send(mutation).finally(() => order.push('mutation')),
      transport.send().finally(() => order.push('query')),
    ])
    expect(outcomes).toEqual([timedOut, timedOut])
    expect(order).toEqual(['query', 'mutation'])
    await waitUntil('the subgraph sees the requests aborted', () => transport.subgraph.abortedCount() === 2)
  })

  it('ends a response that arrives slowly', async () => {
    transport = await startTransport({ QUERY_TIMEOUT_MS: '1000', QUERY_RETRIES: '0' })
    transport.subgraph.respondWith(sendSlowly)
    expect(await transport.send()).toEqual(timedOut)
    await waitUntil('the subgraph sees the requests aborted', () => transport.subgraph.abortedCount() === 1)
  })
})

describe('the deadline of the request', () => {
  // Each with its own circuit, which opens when probes have no response either.
  it.each(['query', 'mutation'] as const)('ends a %s before its timeout', async (kind) => {
    transport = await startTransport()
    transport.subgraph.respondWith(noResponse)
    expect(await transport.send({ kind }, { deadline: performance.now() + 1_000 })).toEqual(timedOut)
    expect(transport.subgraph.requestCount()).toBe(1)
  })

  it('sends nothing after it has passed', async () => {
    transport = await startTransport()
    expect(await transport.send({}, { deadline: performance.now() - 1 })).toEqual(timedOut)
    expect(transport.subgraph.requestCount()).toBe(0)
  })

  it('prevents a retry that could exceed it', async () => {
    transport = await startTransport()
    const clock = holdClock()
    transport.subgraph.respondWith((response) => {
      clock.pass(29_760)
      response.destroy()
    })
    const deadline = performance.now() + 30_000
    expect(await transport.send({}, { deadline })).toEqual(unavailable)
    clock.release()
    expect(transport.subgraph.requestCount()).toBe(1)
  })
})

describe('a client that disconnects', () => {
  it.each(['query', 'mutation'] as const)('cancels a %s in progress', async (kind) => {
    transport = await startTransport()
    transport.subgraph.respondWith(noResponse)
    const client = createTestClient()
    const sent = transport.send({ kind }, client)
    await waitUntil('the request arrives', () => transport.subgraph.requestCount() === 1)
    client.abort()
    expect(await sent).toEqual(unavailable)
    await waitUntil('the subgraph sees the requests aborted', () => transport.subgraph.abortedCount() === 1)
    expect(transport.subgraph.requestCount()).toBe(1)
    expect(transport.logged).toEqual([])
    transport.subgraph.respondWith(validResponse)
    expect(await transport.send()).toHaveProperty('data')
  })

  it('causes no more requests', async () => {
    transport = await startTransport()
    const client = createTestClient()
    client.abort()
    await transport.send({}, client)
    expect(transport.subgraph.requestCount()).toBe(0)
  })

  it('leaves a connection that is being made to other requests', async () => {
    transport = await startTransport({ MAX_FETCHES: '1' })
    const client = createTestClient()
    const sent = Array.from({ length: 10 }, () => transport.send({}, client))
    client.abort()
    expect(await transport.send()).toHaveProperty('data')
    await Promise.all(sent)
    expect([transport.subgraph.requestCount(), transport.subgraph.connectionCount()]).toEqual([1, 1])
  })

  it('causes no retries', async () => {
    transport = await startTransport()
    const client = createTestClient()
    transport.subgraph.respondWith((response) => {
      client.abort()
      response.destroy()
    })
    await transport.send({}, client)
    expect(transport.subgraph.requestCount()).toBe(1)
  })
})
