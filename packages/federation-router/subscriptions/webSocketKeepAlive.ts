import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'

const defaultBeatMs = 15_000

/**
 * Sends a ping every 15 s, and terminates a socket whose client has not sent the pong by the next one. A pong counts only
 * with the data of the ping (RFC 6455, section 5.5.3), which follows everything that was sent before: a client that reads
 * nothing cannot know it.
 *
 * @param beatMs milliseconds between two pings
 */
export function startKeepAlive(socket: WebSocket, beatMs = defaultBeatMs): void {
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
