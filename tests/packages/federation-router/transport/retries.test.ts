import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'

import { waitUntil } from '../../../support/processes'
import {
  failingResponse,
  validResponse,
  noResponse,
  json,
  startTransport,
  timedOut,
  unavailable,
  type Behaviour,
  type FetchResult,
  type TestTransport,
} from '../../../support/federation-router/testTransport'

let transport: TestTransport
afterEach(() => transport.close())

const answer = { data: { me: { id: '1' } } }

/** Misbehaves so often, then answers. */
function behaveFirst(behaviour: Behaviour, times: number): void {
  let left = times
  transport.subgraph.respondWith((response, request) =>
    (left-- > 0 ? behaviour : validResponse)(response, request),
  )
}

const hangUp: Behaviour = (response) => void response.destroy()
const status =
  (code: number): Behaviour =>
  (response) =>
    void response.writeHead(code).end('<h1>No</h1>')

describe.each<[what: string, behaviour: Behaviour]>([
  ['a closed connection', hangUp],
  ['a 502', status(502)],
  ['a 503', failingResponse],
  ['a 504', status(504)],
])('after %s', (_what, behaviour) => {
  it('a query is sent again, twice at most', async () => {
    transport = await startTransport()
    behaveFirst(behaviour, 2)
    expect(await transport.send()).toEqual(answer)
    expect(transport.subgraph.requestCount()).toBe(3)
    behaveFirst(behaviour, 3)
    expect(await transport.send()).toEqual(unavailable)
    expect(transport.subgraph.requestCount()).toBe(6)
  })

  it('a mutation is not', async () => {
    transport = await startTransport()
    behaveFirst(behaviour, 1)
    expect(await transport.send({ kind: 'mutation' })).toEqual(unavailable)
    expect(transport.subgraph.requestCount()).toBe(1)
  })
})

it.each<[what: string, behaviour: Behaviour, outcome: FetchResult]>([
  ['a timeout', noResponse, timedOut],
  ['nonsense', json('secret'), unavailable],
  ['a 401', status(401), unavailable],
  ['a 404', status(404), unavailable],
  ['a 500', status(500), unavailable],
])('after %s nothing is sent again', async (_what, behaviour, outcome) => {
  transport = await startTransport({ QUERY_TIMEOUT_MS: '300', MUTATION_TIMEOUT_MS: '300' })
  transport.subgraph.respondWith(behaviour)
  expect(await transport.send()).toEqual(outcome)
  expect(transport.subgraph.requestCount()).toBe(1)
  transport.subgraph.respondWith(validResponse)
  await waitUntil('the subgraph is asked', async () => 'data' in (await transport.send()))
  transport.subgraph.respondWith(behaviour)
  const before = transport.subgraph.requestCount()
  expect(await transport.send({ kind: 'mutation' })).toEqual(outcome)
  expect(transport.subgraph.requestCount()).toBe(before + 1)
})

describe.each(['query', 'mutation'] as const)('a %s that the subgraph has not received', (kind) => {
  it('is sent again when the connection was refused', async () => {
    transport = await startTransport()
    const { port } = new URL(transport.subgraph.url)
    await transport.subgraph.close()
    const server = createServer(
      (request, response) => void request.resume().on('end', () => validResponse(response, request)),
    )
    let attempts = 0
    const listenAtFirst = () => {
      // At once, without the look-up of a host: before the next attempt.
      if (attempts++ === 0) server.listen(Number(port))
    }
    subscribe('undici:client:connectError', listenAtFirst)
    try {
      expect(await transport.send({ kind })).toEqual(answer)
      expect(attempts).toBe(1)
    } finally {
      unsubscribe('undici:client:connectError', listenAtFirst)
      server.closeAllConnections()
      server.close()
    }
  })

  it('is sent again after status 408', async () => {
    transport = await startTransport()
    behaveFirst((response) => void response.writeHead(408, { connection: 'close' }).end(), 1)
    expect(await transport.send({ kind })).toEqual(answer)
    expect(transport.subgraph.requestCount()).toBe(2)
  })
})

it('a mutation whose connection is refused is sent again once', async () => {
  transport = await startTransport()
  await transport.subgraph.close()
  let attempts = 0
  const count = () => void attempts++
  subscribe('undici:client:connectError', count)
  expect(await transport.send({ kind: 'mutation' })).toEqual(unavailable)
  unsubscribe('undici:client:connectError', count)
  expect(attempts).toBe(2)
})

it('a mutation is sent once over a connection that the subgraph has closed meanwhile, too', async () => {
  transport = await startTransport()
  // Each answer is the last of its connection, but does not say so.
  transport.subgraph.respondWith((response, request) => {
    const { socket } = request
    response.once('finish', () => socket.end())
    validResponse(response, request)
  })
  for (let count = 1; count <= 20; count++) {
    const before = transport.subgraph.requestCount()
    await transport.send({ kind: 'mutation' })
    expect(transport.subgraph.requestCount() - before).toBeLessThanOrEqual(1)
  }
})

it("a subgraph's own error is an answer: nothing is sent again", async () => {
  transport = await startTransport()
  transport.subgraph.respondWith(
    json({ data: null, errors: [{ message: 'down', extensions: { code: 'DB_DOWN' } }] }),
  )
  expect(await transport.send()).toHaveProperty('errors')
  expect(transport.subgraph.requestCount()).toBe(1)
})

it('the times between are jittered', async () => {
  transport = await startTransport()
  const gaps = new Set<number>()
  for (let count = 0; count < 5; count++) {
    let last = 0
    transport.subgraph.respondWith((response) => {
      const now = performance.now()
      if (last > 0) gaps.add(Math.round(now - last))
      last = now
      response.destroy()
    })
    await transport.send()
  }
  expect(gaps.size).toBeGreaterThan(2)
})

it('none with QUERY_RETRIES=0', async () => {
  transport = await startTransport({ QUERY_RETRIES: '0' })
  transport.subgraph.respondWith(failingResponse)
  expect(await transport.send()).toEqual(unavailable)
  expect(transport.subgraph.requestCount()).toBe(1)
})
