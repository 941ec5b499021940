import { waitUntil } from '../../support/processes'
import {
  failing,
  fine,
  hanging,
  holdClock,
  json,
  makeClient,
  startTransport,
  unavailable,
  type TestTransport,
} from './support'

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
  const before = transport.subgraph.seen()
  await sendMany(count)
  return transport.subgraph.seen() - before
}

async function open(): Promise<void> {
  transport.subgraph.behave(failing)
  await sendMany(20)
}

describe('it opens', () => {
  it('at 20 failures of 20, and then nobody asks the subgraph', async () => {
    transport.subgraph.behave(failing)
    expect(await arriving(30)).toBe(20)
    transport.subgraph.behave(fine)
    clock.pass(4_999)
    expect(await arriving(10)).toBe(0)
    expect(await transport.send()).toEqual(unavailable)
    expect(await transport.send(mutation)).toEqual(unavailable)
    expect(transport.logged).toContainEqual(
      expect.objectContaining({ level: 50, service: 'tests', msg: expect.stringContaining('left alone') }),
    )
  })

  it('at 10 failures of 20, not at 9', async () => {
    await sendMany(11)
    transport.subgraph.behave(failing)
    await sendMany(9)
    transport.subgraph.behave(fine)
    expect(await arriving(1)).toBe(1)
    transport.subgraph.behave(failing)
    // 12 have not failed: the 12th failure makes it half.
    expect(await arriving(10)).toBe(3)
  })

  it('not at 19 failures of 19', async () => {
    transport.subgraph.behave(failing)
    await sendMany(19)
    transport.subgraph.behave(fine)
    expect(await arriving(5)).toBe(5)
  })

  it('for failures of the last 10 s alone, quiet times included', async () => {
    transport.subgraph.behave(failing)
    await sendMany(19)
    clock.pass(11_000)
    expect(await arriving(19)).toBe(19)
    clock.pass(8_000)
    expect(await arriving(2)).toBe(1)
  })

  it.each(['a closed connection', 'nonsense', 'a timeout'])('for %s', async (what) => {
    await transport.close()
    transport = await startTransport({ QUERY_RETRIES: '0', QUERY_TIMEOUT_MS: '100' })
    if (what === 'a timeout') transport.subgraph.behave(hanging)
    else if (what === 'nonsense') transport.subgraph.behave(json([]))
    else transport.subgraph.behave((response) => void response.destroy())
    await Promise.all(Array.from({ length: 20 }, () => transport.send()))
    transport.subgraph.behave(fine)
    expect(await arriving(3)).toBe(0)
  })

  it('for mutations, too', async () => {
    transport.subgraph.behave(failing)
    await sendMany(20, mutation)
    expect(await arriving(3)).toBe(0)
  })

  it("not for a subgraph's own errors", async () => {
    transport.subgraph.behave(json({ data: null, errors: [{ message: 'No' }] }))
    expect(await arriving(40)).toBe(40)
  })

  it('not for clients that go away', async () => {
    transport.subgraph.behave(hanging)
    const client = makeClient()
    const sent = Array.from({ length: 40 }, () => transport.send({}, client))
    await waitUntil('they arrive', () => transport.subgraph.seen() === 40, 10_000)
    client.abort()
    await Promise.all(sent)
    transport.subgraph.behave(fine)
    expect(await arriving(3)).toBe(3)
  })
})

describe('after 5 s', () => {
  it('one fetch tries; it closes when that is answered', async () => {
    await open()
    clock.pass(5_000)
    let answer = () => {}
    transport.subgraph.behave((response, request) => (answer = () => fine(response, request)))
    const before = transport.subgraph.seen()
    const trying = transport.send()
    await waitUntil('it arrives', () => transport.subgraph.seen() > before)
    expect(await transport.send()).toEqual(unavailable)
    expect(await transport.send(mutation)).toEqual(unavailable)
    expect(transport.subgraph.seen()).toBe(before + 1)
    answer()
    expect(await trying).toHaveProperty('data')
    transport.subgraph.behave(fine)
    expect(await arriving(5)).toBe(5)
    // What was before does not count any more.
    transport.subgraph.behave(failing)
    expect(await arriving(8)).toBe(8)
  })

  it('it opens again when that fails', async () => {
    await open()
    clock.pass(5_000)
    expect(await arriving(5)).toBe(1)
    clock.pass(4_999)
    expect(await arriving(5)).toBe(0)
    clock.pass(1)
    transport.subgraph.behave(fine)
    expect(await arriving(5)).toBe(5)
  })

  it('a client that goes away with the try leaves it to the next', async () => {
    await open()
    clock.pass(5_000)
    transport.subgraph.behave(hanging)
    const before = transport.subgraph.seen()
    const client = makeClient()
    const trying = transport.send({}, client)
    await waitUntil('it arrives', () => transport.subgraph.seen() > before)
    client.abort()
    await trying
    transport.subgraph.behave(failing)
    expect(await arriving(5)).toBe(1)
    clock.pass(5_000)
    transport.subgraph.behave(fine)
    expect(await arriving(5)).toBe(5)
  })
})

it('what waits for its turn is not sent when it opens meanwhile', async () => {
  await transport.close()
  transport = await startTransport({ QUERY_RETRIES: '0', MAX_FETCHES: '20', QUERY_TIMEOUT_MS: '200' })
  transport.subgraph.behave(hanging)
  const outcomes = await Promise.all(Array.from({ length: 60 }, () => transport.send()))
  expect(outcomes).toContainEqual(unavailable)
  // The second 20 may have had their turn before the first 20 were counted.
  expect(transport.subgraph.seen()).toBeLessThanOrEqual(40)
})
