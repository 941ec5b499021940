import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Server, ServerResponse, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** An HTTP server that can be taken out of service without losing a request. */
export interface DrainingServer {
  server: Server
  /** To be called for a connection that switches to another protocol. */
  release(socket: Socket): void
  /** Keeps serving for this time, in milliseconds, and ends each connection with its next response. */
  drain(milliseconds: number): Promise<void>
  /** Stops listening, and resolves when all connections have ended. */
  close(): Promise<void>
}

const responseFinished = 'http.server.response.finish'

/** How long a connection is still read after it was ended, so that data which the client was sending does not reset it. */
const lingerMilliseconds = 1_000

/**
 * RFC 9110, section 15.5.9: the server has not received a request in the time that it was ready to wait, and "if the client
 * has an outstanding request in transit, it MAY repeat that request".
 */
const goodbye = 'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

/**
 * Creates a server that ends idle connections with status 408, from which a client knows that a request which it was
 * sending just then was not handled. Where a connection is simply closed (as Node's own `closeIdleConnections` does), the
 * client cannot know whether the request has been handled, and must not repeat a mutation. See
 * docs/decisions/0002-draining-with-408.md.
 *
 * @param graceMilliseconds how long requests under way may still take after `close`
 */
export function createDrainingServer(listener: RequestListener, graceMilliseconds: number): DrainingServer {
  let phase: 'serving' | 'draining' = 'serving'
  const sockets = new Set<Socket>()

  const server = new GoodbyeServer(sockets, (request, response) => {
    // It has arrived after the goodbye.
    if (request.socket.writableEnded) return void request.resume()
    if (phase === 'draining') response.setHeader('connection', 'close')
    listener(request, response)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  function endKeepAlive(): void {
    phase = 'draining'
    for (const socket of sockets) {
      const response = responseOn(socket)
      if (response && !response.headersSent) response.setHeader('connection', 'close')
    }
  }

  return {
    server,
    release: (socket) => void sockets.delete(socket),
    async drain(milliseconds) {
      endKeepAlive()
      if (milliseconds > 0) await wait(milliseconds)
    },
    close: () =>
      new Promise((resolve) => {
        endKeepAlive()
        // A connection that was promised to be kept alive is idle once its response is sent.
        const endFinished = (message: unknown) => {
          if ((message as { server: Server }).server === server)
            setImmediate(() => server.closeIdleConnections())
        }
        subscribe(responseFinished, endFinished)
        const impatience = setTimeout(() => server.closeAllConnections(), graceMilliseconds)
        server.close(() => {
          unsubscribe(responseFinished, endFinished)
          clearTimeout(impatience)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/** Node's server, except that idle connections end with the 408; its `close` ends them so, too. */
class GoodbyeServer extends Server {
  constructor(
    private readonly sockets: ReadonlySet<Socket>,
    listener: RequestListener,
  ) {
    super(listener)
  }

  override closeIdleConnections(): void {
    for (const socket of this.sockets) {
      if (responseOn(socket) || socket.writableEnded) continue
      socket.end(goodbye)
      setTimeout(() => socket.destroy(), lingerMilliseconds).unref()
    }
  }
}

/** Returns the response that a connection is waiting for. Node has no public way to detect idle connections. */
function responseOn(socket: Socket): ServerResponse | undefined {
  const response = '_httpMessage' in socket ? socket._httpMessage : undefined
  return response instanceof ServerResponse ? response : undefined
}
