import { Server } from 'node:http'
import { connect } from 'node:net'

import { waitUntil } from '../../../support/processes'
import { waitForPosition, waitForEnd, openSubscription, openScene, signed, type Scene } from './support'

let scene: Scene
let subgraph: Awaited<ReturnType<Scene['start']>>
beforeEach(async () => {
  scene = await openScene()
  subgraph = await scene.start()
})
afterEach(() => scene.close())

const thingChanged = 'subscription { thingChanged { name } }'

/** Subscribes, and never reads the response. */
function subscribeWithoutReading(query: string) {
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

/** Resolves when backpressure stops the source: during 20 queries it yields nothing more. */
async function waitForBackpressure(): Promise<number> {
  let before = -1
  await waitUntil('the source pauses', async () => {
    before = subgraph.things.poured
    for (let round = 0; round < 20; round++) await subgraph.query('{ things }')
    return before > 0 && before === subgraph.things.poured
  })
  return before
}

describe('a subscriber', () => {
  it('releases its resources when it disconnects', async () => {
    const streams = [
      await openSubscription(subgraph, thingChanged),
      await openSubscription(subgraph, thingChanged),
      await openSubscription(subgraph, 'subscription { silence }'),
    ]
    const { things } = subgraph
    await waitUntil('all sources are open', () => things.followers === 2 && things.silences === 1)
    for (const each of streams) each.stop()
    await waitUntil('all sources are closed', () => things.followers === 0 && things.silences === 0)
  })

  it('pauses its source while it does not read (backpressure), and then receives everything', async () => {
    const count = 200
    const socket = subscribeWithoutReading(`subscription { flood(count: ${count}, length: 100000) }`)
    expect(await waitForBackpressure()).toBeLessThan(count)
    let results = 0
    let end = ''
    socket.on('data', (bytes: Buffer) => {
      const text = end + bytes.toString('latin1')
      results += text.split('event: next').length - 1
      end = text.slice(-10)
    })
    socket.resume()
    await waitUntil('all results have arrived', () => results === count)
    await waitUntil('the connection is closed', () => socket.destroyed || socket.readableEnded)
    socket.destroy()
  })

  it('ends its source when it disconnects without having read', async () => {
    const socket = subscribeWithoutReading('subscription { flood(count: 200, length: 100000) }')
    const poured = await waitForBackpressure()
    socket.destroy()
    expect(await waitForBackpressure()).toBeLessThanOrEqual(poured + 1)
  })
})

/** Closes the subgraph, and expects that it does not wait until the time of pending requests is over. */
async function closeQuickly(): Promise<void> {
  const endGracePeriod = jest.spyOn(Server.prototype, 'closeAllConnections')
  await subgraph.close()
  expect(endGracePeriod).not.toHaveBeenCalled()
  endGracePeriod.mockRestore()
}

describe('a server that closes', () => {
  it('disconnects its subscribers at once, without completing their subscriptions', async () => {
    const [things, silence] = [
      await openSubscription(subgraph, thingChanged),
      await openSubscription(subgraph, 'subscription { silence }'),
    ]
    await waitForPosition(things)
    await closeQuickly()
    for (const each of [things, silence]) {
      await waitForEnd(each)
      expect(each.phase).toBe('ended')
      expect(each.text).not.toContain('complete')
    }
    expect(subgraph.things).toMatchObject({ followers: 0, silences: 0 })
  })

  it('does not wait for a subscriber that does not read', async () => {
    const unread = subscribeWithoutReading('subscription { flood(count: 200, length: 100000) }')
    unread.on('error', () => undefined)
    await waitForBackpressure()
    await closeQuickly()
    unread.destroy()
  })
})
