import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface SlowClientLimits {
  /** A connection with buffered data is destroyed when its client has read nothing for this time. */
  stallTimeoutMs: number
  /** The maximum number of buffered bytes of all connections together. */
  maxUnreadBytes: number
}

/** The limits of the router and the subgraphs. */
export const defaultSlowClientLimits: SlowClientLimits = {
  stallTimeoutMs: 30_000,
  maxUnreadBytes: 256 * 1024 * 1024,
}

const checkIntervalMs = 1_000

/**
 * Bounds the memory for clients that do not read, in every protocol: plain responses, event streams and
 * WebSockets. Destroys stalled connections, and while the total exceeds its limit, checked every second, the
 * connection with the most buffered data.
 *
 * @param onDisconnect called for each connection that is destroyed
 */
export function disconnectSlowClients(
  server: Server,
  { stallTimeoutMs, maxUnreadBytes }: SlowClientLimits,
  onDisconnect?: () => void,
): void {
  const connections = new Map<Socket, Set<ServerResponse>>()

  server.on('connection', (socket: Socket) => {
    const responses = new Set<ServerResponse>()
    connections.set(socket, responses)
    socket.once('close', () => {
      connections.delete(socket)
      responses.forEach(closeQueuedResponse)
    })
  })
  server.on('request', ({ socket }, response) => {
    const responses = connections.get(socket)
    if (!responses) return
    responses.add(response)
    response.once('close', () => responses.delete(response))
  })

  // Node counts a socket as active while it is read or its data is sent, however slowly.
  server.timeout = stallTimeoutMs
  server.on('timeout', (socket: Socket) => {
    // The other timeout that Node sets is that of idle keep-alive connections. A connection whose request is still pending
    // has no buffered data.
    const isKeepAlive = socket.timeout !== stallTimeoutMs
    if (!isKeepAlive && socket.writableLength === 0) return
    if (!isKeepAlive) onDisconnect?.()
    socket.destroy()
  })

  const check = setInterval(() => {
    const unread = [...connections].map(([socket, responses]) => ({
      socket,
      bytes: countUnreadBytes(socket, responses),
    }))
    let total = unread.reduce((sum, { bytes }) => sum + bytes, 0)
    if (total <= maxUnreadBytes) return
    unread.sort((a, b) => b.bytes - a.bytes)
    for (const { socket, bytes } of unread) {
      if (total <= maxUnreadBytes) break
      socket.destroy()
      onDisconnect?.()
      total -= bytes
    }
  }, checkIntervalMs).unref()
  server.once('close', () => clearInterval(check))
}

function countUnreadBytes(socket: Socket, responses: ReadonlySet<ServerResponse>): number {
  let bytes = socket.writableLength
  for (const response of responses) if (response.socket === null) bytes += response.writableLength
  return bytes
}

/**
 * Closes a response that is queued behind another one on a closed connection: Node emits no 'close' for it, so
 * that its resources would never be released.
 */
function closeQueuedResponse(response: ServerResponse): void {
  if (response.socket !== null) return
  response.destroy()
  response.emit('close')
}
