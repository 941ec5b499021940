import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface SlowClientLimits {
  /** A connection on which data waits is destroyed when its client has read nothing for this time. */
  stallTimeoutMs: number
  /** The most bytes that may wait on all connections together. */
  maxUnreadBytes: number
}

/** The limits of the router and of all subgraphs. */
export const defaultSlowClientLimits: SlowClientLimits = {
  stallTimeoutMs: 30_000,
  maxUnreadBytes: 256 * 1024 * 1024,
}

const checkIntervalMs = 1_000

/**
 * Bounds the data that waits for clients that do not read, in every protocol: plain responses, event streams and WebSockets.
 * A stalled connection is destroyed, and so is the one with the most data waiting while all together have too much,
 * which is checked every second.
 */
export function disconnectSlowClients(
  server: Server,
  { stallTimeoutMs, maxUnreadBytes }: SlowClientLimits,
): void {
  const connections = new Map<Socket, Set<ServerResponse>>()

  server.on('connection', (socket: Socket) => {
    const responses = new Set<ServerResponse>()
    connections.set(socket, responses)
    socket.once('close', () => {
      connections.delete(socket)
      responses.forEach(closeQueued)
    })
  })
  server.on('request', ({ socket }, response) => {
    const responses = connections.get(socket)
    if (!responses) return
    responses.add(response)
    response.once('close', () => responses.delete(response))
  })

  // Node counts a socket as active while it is read or its data leaves, however slowly.
  server.timeout = stallTimeoutMs
  server.on('timeout', (socket: Socket) => {
    // The other timeout that Node sets is that of a connection which is kept alive. Nothing waits on a connection
    // whose request is not answered yet.
    const isIdle = socket.timeout !== stallTimeoutMs
    if (isIdle || socket.writableLength > 0) socket.destroy()
  })

  const check = setInterval(() => {
    const unread = [...connections].map(([socket, responses]) => ({
      socket,
      bytes: unreadOf(socket, responses),
    }))
    let total = unread.reduce((sum, { bytes }) => sum + bytes, 0)
    if (total <= maxUnreadBytes) return
    unread.sort((a, b) => b.bytes - a.bytes)
    for (const { socket, bytes } of unread) {
      if (total <= maxUnreadBytes) break
      socket.destroy()
      total -= bytes
    }
  }, checkIntervalMs).unref()
  server.once('close', () => clearInterval(check))
}

function unreadOf(socket: Socket, responses: ReadonlySet<ServerResponse>): number {
  let bytes = socket.writableLength
  for (const response of responses) if (response.socket === null) bytes += response.writableLength
  return bytes
}

/**
 * Closes a response that waits behind another on its connection, once that is closed: Node emits no 'close' for it, so that
 * its resources would never be released.
 */
function closeQueued(response: ServerResponse): void {
  if (response.socket !== null) return
  response.destroy()
  response.emit('close')
}
