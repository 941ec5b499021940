import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

import { receiveOverWebSocket } from '../../../../packages/federation-router/subscriptions/webSocketUpstream'

const ack = '{"type":"connection_ack"}'
const servers: WebSocketServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate()
    server.close()
  }
})

/** Subscribes at a subgraph that sends these messages, and returns those that arrive until the connection fails. */
async function receiveFrom(onMessage: (socket: WebSocket, text: string) => void) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  servers.push(server)
  server.on('connection', (socket) => socket.on('message', (data) => onMessage(socket, String(data))))
  await once(server, 'listening')
  const received: unknown[] = []
  try {
    for await (const message of receiveOverWebSocket({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      body: '{"query":"subscription { a }"}',
      createHeaders: () => ({}),
      maxEventLength: 1_000,
      signal: new AbortController().signal,
    }))
      received.push(message)
  } catch (error) {
    return { received, error: String(error) }
  }
  return { received, error: undefined }
}

it('fails when a subgraph responds to pings, but never acknowledges the connection', async () => {
  const { received, error } = await receiveFrom(() => undefined)
  expect(received).toEqual([])
  expect(error).toContain('before the subscription was complete')
})

it.each([
  ['text that is not JSON', 'no'],
  ['a message of no known type', '{"type":"__proto__"}'],
  ['an event without a payload', '{"type":"next","id":"1"}'],
  ['a frame above the limit', `{"type":"next","id":"1","payload":{"data":"${'x'.repeat(2_000)}"}}`],
  ['a message of clients', '{"type":"connection_init"}'],
])('fails for %s', async (_, frame) => {
  const { received, error } = await receiveFrom((socket) => {
    socket.send(ack)
    socket.send(frame)
  })
  expect(received).toEqual([{ type: 'open' }])
  expect(error).toEqual(expect.any(String))
})

it('fails for a subgraph that acknowledges the connection twice, instead of subscribing twice', async () => {
  const types: unknown[] = []
  const { error } = await receiveFrom((socket, text) => {
    types.push((JSON.parse(text) as { type: unknown }).type)
    if (types.length > 1) return
    socket.send(ack)
    socket.send(ack)
  })
  expect(types.filter((type) => type === 'subscribe').length).toBeLessThanOrEqual(1)
  expect(error).toContain('connection_ack')
})
