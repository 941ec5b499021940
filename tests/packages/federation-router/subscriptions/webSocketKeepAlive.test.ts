import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

import { startKeepAlive } from '../../../../packages/federation-router/subscriptions/webSocketKeepAlive'

let server: WebSocketServer
beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
})
afterEach(() => {
  for (const socket of server.clients) socket.terminate()
  server.close()
})

/** Opens a socket. @returns the ends of the router and of the client */
async function open(options = {}): Promise<{ socket: WebSocket; client: WebSocket }> {
  const { port } = server.address() as AddressInfo
  const client = new WebSocket(`ws://127.0.0.1:${port}`, options)
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
    [WebSocket],
    unknown,
  ]
  return { socket, client }
}

it('keeps a socket whose client responds to pings', async () => {
  const { socket, client } = await open()
  const setIntervalSpy = jest.spyOn(global, 'setInterval')
  startKeepAlive(socket)
  const [sendPing] = setIntervalSpy.mock.lastCall ?? []
  setIntervalSpy.mockRestore()
  for (let count = 0; count < 4; count++) {
    const received = [once(client, 'ping'), once(socket, 'pong')]
    sendPing?.()
    await Promise.all(received)
  }
  expect(socket.readyState).toBe(WebSocket.OPEN)
})

it('terminates a socket whose client does not read, although it sends pongs', async () => {
  const { socket, client } = await open({ autoPong: false })
  const beat = setInterval(() => client.pong(), 5)
  startKeepAlive(socket, 50)
  await once(socket, 'close')
  clearInterval(beat)
})
