import { waitUntil } from '../../../support/processes'
import {
  validResponse,
  noResponse,
  createTestClient,
  startTransport,
  timedOut,
  unavailable,
  type TestTransport,
} from '../../../support/federation-router/testTransport'

let transport: TestTransport
afterEach(() => transport.close())

const mutation = { kind: 'mutation' } as const
const drip = (response: { write(text: string): void; once(event: 'close', done: () => void): void }) => {
  const timer = setInterval(() => response.write(' '), 10)
  response.once('close', () => clearInterval(timer))
}

describe('a timeout', () => {
  it('ends a query and a mutation each after its own time', async () => {
    transport = await startTransport({
      QUERY_TIMEOUT_MS: '50',
      MUTATION_TIMEOUT_MS: '400',
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
    await waitUntil('the subgraph sees that nobody waits', () => transport.subgraph.abortedCount() === 2)
  })

  it('ends an answer that drips', async () => {
    transport = await startTransport({ QUERY_TIMEOUT_MS: '200', QUERY_RETRIES: '0' })
    transport.subgraph.respondWith(drip)
    expect(await transport.send()).toEqual(timedOut)
    await waitUntil('the subgraph sees that nobody waits', () => transport.subgraph.abortedCount() === 1)
  })
})

describe('the deadline of the request', () => {
  it('ends a fetch before its own time', async () => {
    transport = await startTransport()
    transport.subgraph.respondWith(noResponse)
    expect(await transport.send({}, { deadline: performance.now() + 500 })).toEqual(timedOut)
    expect(await transport.send(mutation, { deadline: performance.now() + 500 })).toEqual(timedOut)
    expect(transport.subgraph.requestCount()).toBe(2)
  })

  it('asks nobody once it has passed', async () => {
    transport = await startTransport()
    expect(await transport.send({}, { deadline: performance.now() - 1 })).toEqual(timedOut)
    expect(transport.subgraph.requestCount()).toBe(0)
  })

  it('leaves no time to try again', async () => {
    transport = await startTransport()
    transport.subgraph.respondWith((response) => void response.destroy())
    const deadline = performance.now() + 240
    expect(await transport.send({}, { deadline })).toEqual(unavailable)
    expect(performance.now()).toBeLessThan(deadline)
    expect(transport.subgraph.requestCount()).toBe(1)
  })
})

describe('a client that goes away', () => {
  it.each(['query', 'mutation'] as const)('cancels a %s that is under way', async (kind) => {
    transport = await startTransport()
    transport.subgraph.respondWith(noResponse)
    const client = createTestClient()
    const sent = transport.send({ kind }, client)
    await waitUntil('it arrives', () => transport.subgraph.requestCount() === 1)
    client.abort()
    expect(await sent).toEqual(unavailable)
    await waitUntil('the subgraph sees that nobody waits', () => transport.subgraph.abortedCount() === 1)
    expect(transport.subgraph.requestCount()).toBe(1)
    expect(transport.logged).toEqual([])
    transport.subgraph.respondWith(validResponse)
    expect(await transport.send()).toHaveProperty('data')
  })

  it('has nothing sent for it any more', async () => {
    transport = await startTransport()
    const client = createTestClient()
    client.abort()
    await transport.send({}, client)
    expect(transport.subgraph.requestCount()).toBe(0)
  })

  it('before there is a connection leaves that to the others', async () => {
    transport = await startTransport({ MAX_FETCHES: '1' })
    const client = createTestClient()
    const sent = Array.from({ length: 10 }, () => transport.send({}, client))
    client.abort()
    expect(await transport.send()).toHaveProperty('data')
    await Promise.all(sent)
    expect([transport.subgraph.requestCount(), transport.subgraph.connectionCount()]).toEqual([1, 1])
  })

  it('has nothing sent again for it', async () => {
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
