import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'

const defaultIntervalMs = 15_000

/**
 * Sends a ping at each interval, and terminates a socket whose client has not sent the pong by the next one. Only a pong
 * with the ping's data counts (RFC 6455, section 5.5.3): the data follows all earlier messages, so a client that reads
 * nothing cannot know it.
 */
export function startKeepAlive(socket: WebSocket, intervalMs = defaultIntervalMs): void {
  let pendingPing: Buffer | undefined
  socket.on('pong', (data) => {
    if (pendingPing?.equals(data)) pendingPing = undefined
  })
  const timer = setInterval(() => {
    if (pendingPing) return socket.terminate()
    pendingPing = randomBytes(8)
    socket.ping(pendingPing)
  }, intervalMs)
  socket.once('close', () => clearInterval(timer))
}
