import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'

const defaultBeatMs = 15_000

/**
 * Sends a ping from time to time, and terminates a socket whose client has not answered it by the next time. A pong counts
 * only with the data of the ping (RFC 6455, section 5.5.3), which stands behind everything that was sent before: a client
 * that reads nothing cannot know it.
 */
export function keepAlive(socket: WebSocket, beatMs = defaultBeatMs): void {
  let expected: Buffer | undefined
  socket.on('pong', (data) => {
    if (expected?.equals(data)) expected = undefined
  })
  const beat = setInterval(() => {
    if (expected) return socket.terminate()
    expected = randomBytes(8)
    socket.ping(expected)
  }, beatMs)
  socket.once('close', () => clearInterval(beat))
}
