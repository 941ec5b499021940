import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Server, ServerResponse, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** An HTTP server that can shut down without losing a request. */
interface DrainingServer {
  server: Server
  /** Stops tracking a connection that switches to another protocol. */
  release(socket: Socket): void
  /** Keeps serving for this time, and closes each connection after its next response. */
  drain(durationMs: number): Promise<void>
  /** Stops listening, and resolves when all connections are closed. */
  close(): Promise<void>
}

const responseFinished = 'http.server.response.finish'

/** How long an ended connection is still read, so that data which the client is sending does not reset it. */
const lingerMs = 1_000

/**
 * RFC 9110, section 15.5.9: the server has not received a complete request within the time that it was prepared
 * to wait, and "if the client has an outstanding request in transit, it MAY repeat that request".
 */
const requestTimeoutResponse =
  'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

/**
 * Creates a server that ends idle connections with status 408, so that a client can safely retry a request that
 * it was sending at that moment. When a connection is simply closed (as by Node's own `closeIdleConnections`),
 * the client cannot know whether the request was handled, and must not retry a mutation. See
 * docs/decisions/0002-draining-with-408.md.
 *
 * @param graceMs how long pending requests may still take after `close`
 */
export function createDrainingServer(listener: RequestListener, graceMs: number): DrainingServer {
  let phase: 'serving' | 'draining' = 'serving'
  const sockets = new Set<Socket>()

  const server = new RequestTimeoutServer(sockets, (request, response) => {
    // The request has arrived after the 408.
    if (request.socket.writableEnded) return void request.resume()
    if (phase === 'draining') response.setHeader('connection', 'close')
    listener(request, response)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  function disableKeepAlive(): void {
    phase = 'draining'
    for (const socket of sockets) {
      const response = findResponse(socket)
      if (response && !response.headersSent) response.setHeader('connection', 'close')
    }
  }

  return {
    server,
    release: (socket) => void sockets.delete(socket),
    async drain(durationMs) {
      disableKeepAlive()
      if (durationMs > 0) await wait(durationMs)
    },
    close: () =>
      new Promise((resolve) => {
        disableKeepAlive()
        // A connection whose response has promised keep-alive is idle once the response is sent.
        const closeIdle = (message: unknown) => {
          if ((message as { server: Server }).server === server)
            setImmediate(() => server.closeIdleConnections())
        }
        subscribe(responseFinished, closeIdle)
        const graceTimer = setTimeout(() => server.closeAllConnections(), graceMs)
        server.close(() => {
          unsubscribe(responseFinished, closeIdle)
          clearTimeout(graceTimer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/** Node's server, except that it ends idle connections with the 408, also when it closes. */
class RequestTimeoutServer extends Server {
  constructor(
    private readonly sockets: ReadonlySet<Socket>,
    listener: RequestListener,
  ) {
    super(listener)
  }

  override closeIdleConnections(): void {
    for (const socket of this.sockets) {
      if (findResponse(socket) || socket.writableEnded) continue
      socket.end(requestTimeoutResponse)
      setTimeout(() => socket.destroy(), lingerMs).unref()
    }
  }
}

/** Returns the pending response of a connection. Node has no public API to detect idle connections. */
function findResponse(socket: Socket): ServerResponse | undefined {
  const response = '_httpMessage' in socket ? socket._httpMessage : undefined
  return response instanceof ServerResponse ? response : undefined
}
