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

const expected = { data: { me: { id: '1' } } }

/** Behaves as given for some requests, and then responds as usual. */
function behaveFirst(behaviour: Behaviour, times: number): void {
  let left = times
  transport.subgraph.respondWith((response, request) =>
    (left-- > 0 ? behaviour : validResponse)(response, request),
  )
}

const closeConnection: Behaviour = (response) => void response.destroy()
const status =
  (code: number): Behaviour =>
  (response) =>
    void response.writeHead(code).end('<h1>No</h1>')

describe.each<[what: string, behaviour: Behaviour]>([
  ['a closed connection', closeConnection],
  ['a 502', status(502)],
  ['a 503', failingResponse],
  ['a 504', status(504)],
])('after %s', (_what, behaviour) => {
  it('retries a query, at most twice', async () => {
    transport = await startTransport()
    behaveFirst(behaviour, 2)
    expect(await transport.send()).toEqual(expected)
    expect(transport.subgraph.requestCount()).toBe(3)
    behaveFirst(behaviour, 3)
    expect(await transport.send()).toEqual(unavailable)
    expect(transport.subgraph.requestCount()).toBe(6)
  })

  it('does not retry a mutation', async () => {
    transport = await startTransport()
    behaveFirst(behaviour, 1)
    expect(await transport.send({ kind: 'mutation' })).toEqual(unavailable)
    expect(transport.subgraph.requestCount()).toBe(1)
  })
})

it.each<[what: string, behaviour: Behaviour, outcome: FetchResult]>([
  ['a timeout', noResponse, timedOut],
  ['an invalid response', json('secret'), unavailable],
  ['a 401', status(401), unavailable],
  ['a 404', status(404), unavailable],
  ['a 500', status(500), unavailable],
])('retries nothing after %s', async (_what, behaviour, outcome) => {
  const timeouts = { QUERY_TIMEOUT_MS: '1000', MUTATION_TIMEOUT_MS: '1000' }
  transport = await startTransport(outcome === timedOut ? timeouts : {})
  transport.subgraph.respondWith(behaviour)
  expect(await transport.send()).toEqual(outcome)
  expect(transport.subgraph.requestCount()).toBe(1)
  transport.subgraph.respondWith(validResponse)
  await waitUntil('the circuit is closed', async () => 'data' in (await transport.send()))
  transport.subgraph.respondWith(behaviour)
  const before = transport.subgraph.requestCount()
  expect(await transport.send({ kind: 'mutation' })).toEqual(outcome)
  expect(transport.subgraph.requestCount()).toBe(before + 1)
})

describe.each(['query', 'mutation'] as const)('a %s that the subgraph has not received', (kind) => {
  it('is retried when the connection was refused', async () => {
    transport = await startTransport()
    const { port } = new URL(transport.subgraph.url)
    await transport.subgraph.close()
    const server = createServer(
      (request, response) => void request.resume().on('end', () => validResponse(response, request)),
    )
    let attempts = 0
    const listenAtFirst = () => {
      // Listens before the next attempt, since an IP address needs no DNS look-up.
      if (attempts++ === 0) server.listen(Number(port))
    }
    subscribe('undici:client:connectError', listenAtFirst)
    try {
      expect(await transport.send({ kind })).toEqual(expected)
      expect(attempts).toBe(1)
    } finally {
      unsubscribe('undici:client:connectError', listenAtFirst)
      server.closeAllConnections()
      server.close()
    }
  })

  it('is retried after status 408', async () => {
    transport = await startTransport()
    behaveFirst((response) => void response.writeHead(408, { connection: 'close' }).end(), 1)
    expect(await transport.send({ kind })).toEqual(expected)
    expect(transport.subgraph.requestCount()).toBe(2)
  })
})

it('retries a mutation once when its connection is refused', async () => {
  transport = await startTransport()
  await transport.subgraph.close()
  let attempts = 0
  const count = () => void attempts++
  subscribe('undici:client:connectError', count)
  expect(await transport.send({ kind: 'mutation' })).toEqual(unavailable)
  unsubscribe('undici:client:connectError', count)
  expect(attempts).toBe(2)
})

it('sends a mutation once over a connection that the subgraph has closed', async () => {
  transport = await startTransport()
  // Closes each connection after a response, without announcing it.
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

it('does not retry after GraphQL errors of the subgraph', async () => {
  transport = await startTransport()
  transport.subgraph.respondWith(
    json({ data: null, errors: [{ message: 'down', extensions: { code: 'DB_DOWN' } }] }),
  )
  expect(await transport.send()).toHaveProperty('errors')
  expect(transport.subgraph.requestCount()).toBe(1)
})

it('waits between attempts with jitter', async () => {
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

it('retries nothing with QUERY_RETRIES=0', async () => {
  transport = await startTransport({ QUERY_RETRIES: '0' })
  transport.subgraph.respondWith(failingResponse)
  expect(await transport.send()).toEqual(unavailable)
  expect(transport.subgraph.requestCount()).toBe(1)
})
