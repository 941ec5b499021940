import { viewerHeader } from '../../../../packages/auth/viewerToken'
import { waitUntil } from '../../../support/processes'
import { createCircuitBreaker } from '../../../../packages/federation-router/transport/circuitBreaker'
import { transportSettingsShape } from '../../../../packages/federation-router/transport/settings'
import { createLog } from '../../../../packages/platform/log'
import {
  exceptProbes,
  failingResponse,
  validResponse,
  noResponse,
  holdClock,
  json,
  createTestClient,
  isProbe,
  startTransport,
  timedOut,
  unavailable,
  type TestTransport,
} from '../../../support/federation-router/testTransport'

let transport: TestTransport
let clock: ReturnType<typeof holdClock>
beforeEach(async () => {
  clock = holdClock()
  transport = await startTransport({ QUERY_RETRIES: '0' })
})
afterEach(async () => {
  clock.release()
  await transport.close()
})

const mutation = { kind: 'mutation' } as const

async function sendMany(count: number, request = {}): Promise<void> {
  for (let sent = 0; sent < count; sent++) await transport.send(request)
}

/** Sends queries, and returns how many of them reach the subgraph. */
async function countArriving(count: number): Promise<number> {
  const before = transport.subgraph.requestCount()
  await sendMany(count)
  return transport.subgraph.requestCount() - before
}

async function open(): Promise<void> {
  transport.subgraph.respondWith(failingResponse)
  await sendMany(20)
}

/** Resolves when the circuit has opened: the last probe may end shortly after the request. */
const waitForOpening = () =>
  waitUntil('the circuit is open', () =>
    transport.logged.some(({ msg }) => String(msg).includes('has opened')),
  )

async function restart(environment: Record<string, string>): Promise<void> {
  await transport.close()
  transport = await startTransport({ QUERY_RETRIES: '0', ...environment })
}

describe('the circuit breaker opens', () => {
  it('after 20 failures of 20, and then sends no request', async () => {
    transport.subgraph.respondWith(failingResponse)
    expect(await countArriving(30)).toBe(20)
    expect(await transport.send()).toEqual(unavailable)
    expect(await transport.send(mutation)).toEqual(unavailable)
    expect(transport.logged).toContainEqual(
      expect.objectContaining({ level: 50, service: 'tests', msg: expect.stringContaining('has opened') }),
    )
  })

  it('after 10 failures of 20, not after 9', async () => {
    await sendMany(11)
    transport.subgraph.respondWith(failingResponse)
    await sendMany(9)
    transport.subgraph.respondWith(validResponse)
    expect(await countArriving(1)).toBe(1)
    transport.subgraph.respondWith(failingResponse)
    // 12 requests have succeeded: the 12th failure reaches half.
    expect(await countArriving(10)).toBe(3)
  })

  it('not after 19 failures of 19', async () => {
    transport.subgraph.respondWith(failingResponse)
    await sendMany(19)
    transport.subgraph.respondWith(validResponse)
    expect(await countArriving(5)).toBe(5)
  })

  it('for failures of the last 10 s only, including times without requests', async () => {
    transport.subgraph.respondWith(failingResponse)
    await sendMany(19)
    clock.pass(11_000)
    expect(await countArriving(19)).toBe(19)
    clock.pass(8_000)
    expect(await countArriving(2)).toBe(1)
  })

  it('independently of changes of the wall clock', async () => {
    transport.subgraph.respondWith(failingResponse)
    await sendMany(19)
    const wallClock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000)
    expect(await countArriving(3)).toBe(1)
    wallClock.mockRestore()
  })

  it.each(['a closed connection', 'an invalid response', 'a timeout'])('after %s', async (what) => {
    await restart({ QUERY_TIMEOUT_MS: '100' })
    if (what === 'a timeout') transport.subgraph.respondWith(exceptProbes(validResponse, noResponse))
    else if (what === 'an invalid response') transport.subgraph.respondWith(json([]))
    else transport.subgraph.respondWith((response) => void response.destroy())
    await Promise.all(Array.from({ length: 20 }, () => transport.send()))
    expect(await countArriving(3)).toBe(0)
  })

  it('after failures of mutations', async () => {
    transport.subgraph.respondWith(failingResponse)
    await sendMany(20, mutation)
    expect(await countArriving(3)).toBe(0)
  })

  it.each([401, 404, 413, 422, 429])('not after status %i without a GraphQL response', async (status) => {
    transport.subgraph.respondWith((response) => void response.writeHead(status).end('No'))
    expect(await countArriving(40)).toBe(40)
  })

  it('not after GraphQL errors of the subgraph', async () => {
    transport.subgraph.respondWith(json({ data: null, errors: [{ message: 'No' }] }))
    expect(await countArriving(40)).toBe(40)
  })

  it('not after clients disconnect', async () => {
    transport.subgraph.respondWith(noResponse)
    const client = createTestClient()
    const sent = Array.from({ length: 40 }, () => transport.send({}, client))
    await waitUntil('the requests arrive', () => transport.subgraph.requestCount() === 40)
    client.abort()
    await Promise.all(sent)
    transport.subgraph.respondWith(validResponse)
    expect(await countArriving(3)).toBe(3)
  })
})

describe('a subgraph without responses', () => {
  beforeEach(async () => {
    clock.release()
    await restart({ QUERY_TIMEOUT_MS: '1000', MUTATION_TIMEOUT_MS: '1000' })
  })

  it.each(['query', 'mutation'] as const)(
    'opens the circuit with the first %s that times out',
    async (kind) => {
      transport.subgraph.respondWith(noResponse)
      expect(await transport.send({ kind })).toEqual(timedOut)
      await waitForOpening()
      expect(await transport.send()).toEqual(unavailable)
      expect(await transport.send(mutation)).toEqual(unavailable)
      expect(transport.subgraph.requestCount()).toBe(1)
    },
  )

  it('opens the circuit when the deadline of the request passes before the timeout', async () => {
    transport.subgraph.respondWith(noResponse)
    expect(await transport.send({}, { deadline: performance.now() + 900 })).toEqual(timedOut)
    await waitForOpening()
    expect(await transport.send()).toEqual(unavailable)
  })

  it('does not open the circuit when one query is slow and the probe gets a response', async () => {
    transport.subgraph.respondWith(exceptProbes(validResponse, noResponse))
    expect(await transport.send()).toEqual(timedOut)
    expect(transport.subgraph.probeCount()).toBe(1)
    transport.subgraph.respondWith(validResponse)
    expect(await countArriving(3)).toBe(3)
  })

  it('does not open the circuit when other queries get responses in the meantime', async () => {
    transport.subgraph.respondWith(noResponse)
    const slow = transport.send()
    await waitUntil('the query arrives', () => transport.subgraph.requestCount() === 1)
    transport.subgraph.respondWith(exceptProbes(noResponse, validResponse))
    await transport.send()
    expect(await slow).toEqual(timedOut)
    expect(await countArriving(3)).toBe(3)
  })

  it('does not open the circuit when a client has too little time left and the probe gets a response', async () => {
    transport.subgraph.respondWith(exceptProbes(validResponse, noResponse))
    expect(await transport.send({}, { deadline: performance.now() + 500 })).toEqual(timedOut)
    await waitUntil('a probe has a response', () => transport.subgraph.probeCount() >= 1)
    transport.subgraph.respondWith(validResponse)
    expect(await countArriving(3)).toBe(3)
  })
})

describe('an open circuit breaker', () => {
  it('closes with the first response to a probe, and never probes with a request of a client', async () => {
    await open()
    const { subgraph } = transport
    const before = subgraph.requestCount()
    await waitUntil('two probes have failed', () => subgraph.probeCount() >= 2)
    expect(await transport.send()).toEqual(unavailable)
    expect(subgraph.requestCount()).toBe(before)
    subgraph.respondWith(exceptProbes(validResponse, failingResponse))
    await waitUntil('the circuit is closed', () =>
      transport.logged.some(({ msg }) => String(msg).includes('has closed')),
    )
    // Earlier failures no longer count.
    expect(await countArriving(8)).toBe(8)
  })

  it('probes with a recent query, in the name of its viewer', async () => {
    const body = '{"query":"{ recent }"}'
    await transport.send({ body }, { viewerToken: 'ida' })
    clock.pass(1_001)
    await transport.send(
      { body: '{"query":"mutation { write }"}', kind: 'mutation' },
      { viewerToken: 'otto' },
    )
    let probe = ''
    transport.subgraph.respondWith((response, request) => {
      if (isProbe(request)) probe = `${request.headers[viewerHeader]} ${transport.subgraph.getBody(request)}`
      failingResponse(response, request)
    })
    await sendMany(20)
    await waitUntil('a probe arrives', () => probe !== '')
    expect(probe).toBe(`ida ${body}`)
  })

  it('probes with the name of the root type before the first response', async () => {
    let body = ''
    transport.subgraph.respondWith((response, request) => {
      if (isProbe(request)) body = transport.subgraph.getBody(request)
      failingResponse(response, request)
    })
    await sendMany(20)
    await waitUntil('a probe arrives', () => body !== '')
    expect(body).toBe('{"query":"{__typename}"}')
  })
})

describe('probes', () => {
  const settings = transportSettingsShape.parse({})
  beforeEach(() => {
    clock.release()
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] })
  })
  afterEach(() => jest.useRealTimers())

  function openCircuit() {
    let probes = 0
    const probe = () => Promise.resolve(++probes < 0)
    const circuit = createCircuitBreaker({
      subgraph: 'tests',
      settings,
      probe,
      log: createLog('tests', 'silent'),
    })
    for (let sent = 0; sent < 20; sent++)
      circuit.recordOutcome(circuit.admitRequest(), 'failed', performance.now())
    return { circuit, probes: () => probes }
  }

  it('are sent every 500 ms, and end when the circuit breaker is stopped', async () => {
    const { circuit, probes } = openCircuit()
    await jest.advanceTimersByTimeAsync(5_000)
    expect(probes()).toBe(10)
    circuit.stop()
    await jest.advanceTimersByTimeAsync(5_000)
    expect(probes()).toBe(10)
  })
})

it('rejects queued requests when the circuit opens', async () => {
  await restart({ MAX_FETCHES: '20', QUERY_TIMEOUT_MS: '200' })
  transport.subgraph.respondWith(noResponse)
  const outcomes = await Promise.all(Array.from({ length: 60 }, () => transport.send()))
  expect(outcomes).toContainEqual(unavailable)
  // The second 20 may have been sent before the first 20 were counted.
  expect(transport.subgraph.requestCount()).toBeLessThanOrEqual(40)
})
