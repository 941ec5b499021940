import {
  failing,
  fine,
  hanging,
  json,
  startTransport,
  timedOut,
  unavailable,
  type Behaviour,
  type TestTransport,
} from './support'

let transport: TestTransport
afterEach(() => transport.close())

const answer = { data: { me: { id: '1' } } }

/** Misbehaves so often, then answers. */
function behaveFirst(behaviour: Behaviour, times: number): void {
  let left = times
  transport.subgraph.behave((response, request) => (left-- > 0 ? behaviour : fine)(response, request))
}

const failures: [what: string, behaviour: Behaviour][] = [
  ['a closed connection', (response) => void response.destroy()],
  ['a 503', failing],
  ['nonsense', json('secret')],
  ['a timeout', hanging],
]

describe.each(failures)('after %s', (_what, behaviour) => {
  it('a query is sent again, twice at most', async () => {
    transport = await startTransport({ QUERY_TIMEOUT_MS: '300' })
    behaveFirst(behaviour, 2)
    expect(await transport.send()).toEqual(answer)
    expect(transport.subgraph.seen()).toBe(3)
    behaveFirst(behaviour, 3)
    expect(await transport.send()).toEqual(behaviour === hanging ? timedOut : unavailable)
    expect(transport.subgraph.seen()).toBe(6)
  })

  it('a mutation is not', async () => {
    transport = await startTransport({ MUTATION_TIMEOUT_MS: '300' })
    behaveFirst(behaviour, 1)
    expect(await transport.send({ kind: 'mutation' })).toEqual(behaviour === hanging ? timedOut : unavailable)
    expect(transport.subgraph.seen()).toBe(1)
  })
})

it('a mutation is sent once over a connection that the subgraph has closed meanwhile, too', async () => {
  transport = await startTransport()
  // Each answer is the last of its connection, but does not say so.
  transport.subgraph.behave((response, request) => {
    const { socket } = request
    response.once('finish', () => socket.end())
    fine(response, request)
  })
  for (let count = 1; count <= 20; count++) {
    const before = transport.subgraph.seen()
    await transport.send({ kind: 'mutation' })
    expect(transport.subgraph.seen() - before).toBeLessThanOrEqual(1)
  }
})

it("a subgraph's own error is an answer: nothing is sent again", async () => {
  transport = await startTransport()
  transport.subgraph.behave(
    json({ data: null, errors: [{ message: 'down', extensions: { code: 'DB_DOWN' } }] }),
  )
  expect(await transport.send()).toHaveProperty('errors')
  expect(transport.subgraph.seen()).toBe(1)
})

it('the times between are jittered', async () => {
  transport = await startTransport()
  const gaps = new Set<number>()
  for (let count = 0; count < 5; count++) {
    let last = 0
    transport.subgraph.behave((response) => {
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
  transport.subgraph.behave(failing)
  expect(await transport.send()).toEqual(unavailable)
  expect(transport.subgraph.seen()).toBe(1)
})
