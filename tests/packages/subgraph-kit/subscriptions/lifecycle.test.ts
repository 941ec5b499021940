import { connect } from 'node:net'

import { waitUntil } from '../../../support/processes'
import { begun, ended, follow, openScene, signed, type Scene } from './support'

let scene: Scene
let subgraph: Awaited<ReturnType<Scene['start']>>
beforeEach(async () => {
  scene = await openScene()
  subgraph = await scene.start()
})
afterEach(() => scene.close())

const thingChanged = 'subscription { thingChanged { name } }'

/** Asks for a flood, and reads nothing of it. */
function followWithoutReading(query: string) {
  const body = JSON.stringify({ query })
  const { port } = new URL(subgraph.url)
  const socket = connect(Number(port), '127.0.0.1').pause()
  const headers = {
    host: 'x',
    accept: 'text/event-stream',
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...signed(),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`POST /graphql HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
  return socket
}

/** The flood has come to a halt: some queries later nothing more was poured. */
async function halted(): Promise<number> {
  let before = -1
  await waitUntil('no more is poured', async () => {
    before = subgraph.things.poured
    for (let round = 0; round < 20; round++) await subgraph.query('{ things }')
    return before > 0 && before === subgraph.things.poured
  })
  return before
}

describe('a subscriber', () => {
  it('that goes leaves nothing behind', async () => {
    const followed = [
      await follow(subgraph, thingChanged),
      await follow(subgraph, thingChanged),
      await follow(subgraph, 'subscription { silence }'),
    ]
    const { things } = subgraph
    await waitUntil('all are followed', () => things.followers === 2 && things.silences === 1)
    for (const each of followed) each.stop()
    await waitUntil('none is', () => things.followers === 0 && things.silences === 0)
  })

  it('that does not read holds up its source, and is told all when it does', async () => {
    const count = 200
    const socket = followWithoutReading(`subscription { flood(count: ${count}, length: 100000) }`)
    expect(await halted()).toBeLessThan(count)
    let results = 0
    let end = ''
    socket.on('data', (bytes: Buffer) => {
      const text = end + bytes.toString('latin1')
      results += text.split('event: next').length - 1
      end = text.slice(-10)
    })
    socket.resume()
    await waitUntil('all has come', () => results === count, 20_000)
    await waitUntil('the connection is closed', () => socket.destroyed || socket.readableEnded)
    socket.destroy()
  })

  it('that does not read, and goes, ends its source', async () => {
    const socket = followWithoutReading('subscription { flood(count: 200, length: 100000) }')
    const poured = await halted()
    socket.destroy()
    expect(await halted()).toBeLessThanOrEqual(poured + 1)
  })
})

/** Closes the subgraph, which would give requests under way longer. */
async function closeAtOnce(): Promise<void> {
  let phase: 'closing' | 'closed' = 'closing'
  void subgraph.close().then(() => (phase = 'closed'))
  await waitUntil('it is closed', () => phase === 'closed', 8_000)
}

describe('a server that closes', () => {
  it('cuts its streams at once, without completing them', async () => {
    const [things, silence] = [
      await follow(subgraph, thingChanged),
      await follow(subgraph, 'subscription { silence }'),
    ]
    await begun(things)
    await closeAtOnce()
    for (const each of [things, silence]) {
      await ended(each)
      expect(each.phase).toBe('ended')
      expect(each.text).not.toContain('complete')
    }
    expect(subgraph.things).toMatchObject({ followers: 0, silences: 0 })
  })

  it('does not wait for a subscriber that does not read', async () => {
    const unread = followWithoutReading('subscription { flood(count: 200, length: 100000) }')
    unread.on('error', () => undefined)
    await halted()
    await closeAtOnce()
    unread.destroy()
  })
})
