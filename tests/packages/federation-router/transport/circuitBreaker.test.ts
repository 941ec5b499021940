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

/** How many of this many queries reach the subgraph. */
async function arriving(count: number): Promise<number> {
  const before = transport.subgraph.requestCount()
  await sendMany(count)
  return transport.subgraph.requestCount() - before
}

async function open(): Promise<void> {
  transport.subgraph.respondWith(failingResponse)
  await sendMany(20)
}

async function restart(environment: Record<string, string>): Promise<void> {
  await transport.close()
  transport = await startTransport({ QUERY_RETRIES: '0', ...environment })
}

describe('it opens', () => {
  it('at 20 failures of 20, and then nobody asks the subgraph', async () => {
    transport.subgraph.respondWith(failingResponse)
    expect(await arriving(30)).toBe(20)
    expect(await transport.send()).toEqual(unavailable)
    expect(await transport.send(mutation)).toEqual(unavailable)
    expect(transport.logged).toContainEqual(
      expect.objectContaining({ level: 50, service: 'tests', msg: expect.stringContaining('has opened') }),
    )
  })

  it('at 10 failures of 20, not at 9', async () => {
    await sendMany(11)
    transport.subgraph.respondWith(failingResponse)
    await sendMany(9)
    transport.subgraph.respondWith(validResponse)
    expect(await arriving(1)).toBe(1)
    transport.subgraph.respondWith(failingResponse)
    // 12 have not failed: the 12th failure makes it half.
    expect(await arriving(10)).toBe(3)
  })

  it('not at 19 failures of 19', async () => {
    transport.subgraph.respondWith(failingResponse)
    await sendMany(19)
    transport.subgraph.respondWith(validResponse)
    expect(await arriving(5)).toBe(5)
  })

  it('for failures of the last 10 s alone, quiet times included', async () => {
    transport.subgraph.respondWith(failingResponse)
    await sendMany(19)
    clock.pass(11_000)
    expect(await arriving(19)).toBe(19)
    clock.pass(8_000)
    expect(await arriving(2)).toBe(1)
  })

  it('whatever the wall clock does meanwhile', async () => {
    transport.subgraph.respondWith(failingResponse)
    await sendMany(19)
    const wallClock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000)
    expect(await arriving(3)).toBe(1)
    wallClock.mockRestore()
  })

  it.each(['a closed connection', 'nonsense', 'a timeout'])('for %s', async (what) => {
    await restart({ QUERY_TIMEOUT_MS: '100' })
    if (what === 'a timeout') transport.subgraph.respondWith(exceptProbes(validResponse, noResponse))
    else if (what === 'nonsense') transport.subgraph.respondWith(json([]))
    else transport.subgraph.respondWith((response) => void response.destroy())
    await Promise.all(Array.from({ length: 20 }, () => transport.send()))
    expect(await arriving(3)).toBe(0)
  })

  it('for mutations, too', async () => {
    transport.subgraph.respondWith(failingResponse)
    await sendMany(20, mutation)
    expect(await arriving(3)).toBe(0)
  })

  it.each([401, 404, 413, 422, 429])('not for status %i with any body', async (status) => {
    transport.subgraph.respondWith((response) => void response.writeHead(status).end('No'))
    expect(await arriving(40)).toBe(40)
  })

  it("not for a subgraph's own errors", async () => {
    transport.subgraph.respondWith(json({ data: null, errors: [{ message: 'No' }] }))
    expect(await arriving(40)).toBe(40)
  })

  it('not for clients that go away', async () => {
    transport.subgraph.respondWith(noResponse)
    const client = createTestClient()
    const sent = Array.from({ length: 40 }, () => transport.send({}, client))
    await waitUntil('they arrive', () => transport.subgraph.requestCount() === 40, 10_000)
    client.abort()
    await Promise.all(sent)
    transport.subgraph.respondWith(validResponse)
    expect(await arriving(3)).toBe(3)
  })
})

describe('a subgraph that hangs', () => {
  beforeEach(async () => {
    clock.release()
    await restart({ QUERY_TIMEOUT_MS: '1000', MUTATION_TIMEOUT_MS: '1000' })
  })

  it.each(['query', 'mutation'] as const)(
    'opens the circuit with the first %s that times out',
    async (kind) => {
      transport.subgraph.respondWith(noResponse)
      expect(await transport.send({ kind })).toEqual(timedOut)
      expect(await transport.send()).toEqual(unavailable)
      expect(await transport.send(mutation)).toEqual(unavailable)
      expect(transport.subgraph.requestCount()).toBe(1)
    },
  )

  it('opens it when the deadline of the request comes first', async () => {
    transport.subgraph.respondWith(noResponse)
    expect(await transport.send({}, { deadline: performance.now() + 900 })).toEqual(timedOut)
    expect(await transport.send()).toEqual(unavailable)
  })

  it('does not open it when one query is slow and the probe gets a response', async () => {
    transport.subgraph.respondWith(exceptProbes(validResponse, noResponse))
    expect(await transport.send()).toEqual(timedOut)
    expect(transport.subgraph.probeCount()).toBe(1)
    transport.subgraph.respondWith(validResponse)
    expect(await arriving(3)).toBe(3)
  })

  it('does not open it when other queries get responses in the meantime', async () => {
    transport.subgraph.respondWith(noResponse)
    const slow = transport.send()
    await waitUntil('it arrives', () => transport.subgraph.requestCount() === 1)
    transport.subgraph.respondWith(exceptProbes(noResponse, validResponse))
    await transport.send()
    expect(await slow).toEqual(timedOut)
    expect(await arriving(3)).toBe(3)
  })

  it('does not open it when a client has too little time left and the probe gets a response', async () => {
    transport.subgraph.respondWith(exceptProbes(validResponse, noResponse))
    expect(await transport.send({}, { deadline: performance.now() + 20 })).toEqual(timedOut)
    await waitUntil('a probe is answered', () => transport.subgraph.probeCount() === 1)
    transport.subgraph.respondWith(validResponse)
    expect(await arriving(3)).toBe(3)
  })
})

describe('open', () => {
  it('it closes with the first response to a probe, and is never probed with a request of a client', async () => {
    await open()
    const { subgraph } = transport
    const before = subgraph.requestCount()
    await waitUntil('two probes have failed', () => subgraph.probeCount() === 2)
    expect(await transport.send()).toEqual(unavailable)
    expect(subgraph.requestCount()).toBe(before)
    subgraph.respondWith(exceptProbes(validResponse, failingResponse))
    await waitUntil('it is closed', () =>
      transport.logged.some(({ msg }) => String(msg).includes('has closed')),
    )
    // What was before does not count any more.
    expect(await arriving(8)).toBe(8)
  })

  it('it probes with a recent query, in the name of its viewer', async () => {
    const body = '{"query":"{ recent }"}'
    await transport.send({ body }, { viewerToken: 'ida' })
    clock.pass(1_001)
    await transport.send(
      { body: '{"query":"mutation { write }"}', kind: 'mutation' },
      { viewerToken: 'otto' },
    )
    let probe = ''
    transport.subgraph.respondWith((response, request) => {
      if (isProbe(request)) probe = `${request.headers[viewerHeader]} ${transport.subgraph.bodyOf(request)}`
      failingResponse(response, request)
    })
    await sendMany(20)
    await waitUntil('it probes', () => probe !== '')
    expect(probe).toBe(`ida ${body}`)
  })

  it('it probes with the name of the root type before the first response', async () => {
    let body = ''
    transport.subgraph.respondWith((response, request) => {
      if (isProbe(request)) body = transport.subgraph.bodyOf(request)
      failingResponse(response, request)
    })
    await sendMany(20)
    await waitUntil('it probes', () => body !== '')
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

  it('are sent every 500 ms, and end when the channel is retired or destroyed', async () => {
    const { circuit, probes } = openCircuit()
    await jest.advanceTimersByTimeAsync(5_000)
    expect(probes()).toBe(10)
    circuit.stop()
    await jest.advanceTimersByTimeAsync(5_000)
    expect(probes()).toBe(10)
  })
})

it('what waits for its turn is not sent when it opens meanwhile', async () => {
  await restart({ MAX_FETCHES: '20', QUERY_TIMEOUT_MS: '200' })
  transport.subgraph.respondWith(noResponse)
  const outcomes = await Promise.all(Array.from({ length: 60 }, () => transport.send()))
  expect(outcomes).toContainEqual(unavailable)
  // The second 20 may have had their turn before the first 20 were counted.
  expect(transport.subgraph.requestCount()).toBeLessThanOrEqual(40)
})
