import { CloseCode, handleProtocols } from 'graphql-ws'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'

import type { Upgrade } from '../../subgraphs/shared/http'
import type { Log } from '../../subgraphs/shared/log'
import { startAnswer } from '../accessLog'
import { createCancellation } from '../cancellation'
import type { Config } from '../config'
import type { OperationServer } from '../../subgraphs/shared/graphqlRoute'
import type { RouterContext } from '../context'
import { isObject } from '../execution/json'
import type { Identity } from '../identity/identity'
import { createSocketProtocol, type SocketClient } from './websocket'

export interface Sockets {
  upgrade: Upgrade
  /** Closes all with 1001, once what was under way for them has been written. */
  close(): void
}

export interface SocketsOptions {
  server: OperationServer<RouterContext>
  config: Config
  identify: Identity
  addressOf(request: IncomingMessage): string
  /** Whether a page of this origin may connect. */
  allowsOrigin(request: IncomingMessage): boolean
  log: Log
}

const beatMilliseconds = 15_000
/** How long a client may take to answer that a socket is closed. */
const closeMilliseconds = 2_000
/** What each operation sends waits for what it sent before; a client may have very many, or ask for pongs alone. */
const maxBufferedBytes = 16 * 1024 * 1024
/** The streams of a socket say first that its token has expired. */
const expiryMilliseconds = 1_000
/** https://www.iana.org/assignments/websocket, close codes. */
const tryAgainLater = 1013
const goingAway = 1001

/** WebSockets, as connections: what is said on them is the protocol's business. */
export function createSockets(options: SocketsOptions): Sockets {
  const { server, config, allowsOrigin, log } = options
  const protocol = createSocketProtocol(server)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: config.BODY_LIMIT,
    handleProtocols: (offered) => handleProtocols(offered),
  })
  let phase: 'open' | 'closing' = 'open'

  function serve(socket: WebSocket, request: IncomingMessage): void {
    const client = createClient(socket, request, options)
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (message) => {
            take(String(message)).catch((error: unknown) => {
              log.error({ err: error }, 'A message could not be answered')
              socket.close(CloseCode.InternalServerError, 'Internal server error')
            })
          }),
      },
      client,
    )
    keepAlive(socket)
    socket.on('error', (error) => log.debug({ err: error }, 'A socket has failed'))
    socket.once('close', (code, reason) => {
      client.leave()
      void closed(code, String(reason))
    })
  }

  return {
    upgrade(request, stream, head) {
      if (phase === 'closing') return refuse(stream, '503 Service Unavailable')
      if (!allowsOrigin(request)) return refuse(stream, '403 Forbidden')
      sockets.handleUpgrade(request, stream, head, serve)
    },
    close() {
      phase = 'closing'
      // The last events of streams are on their way, in promises that are settled.
      setImmediate(() => {
        for (const socket of sockets.clients) socket.close(goingAway, 'Going away')
        setTimeout(() => {
          for (const socket of sockets.clients) socket.terminate()
        }, closeMilliseconds).unref()
      })
    },
  }
}

function createClient(
  socket: WebSocket,
  request: IncomingMessage,
  { config, identify, addressOf, log }: SocketsOptions,
): SocketClient & { leave(): void } {
  const cancel = createCancellation()
  const address = addressOf(request)
  let authorization: string | undefined
  let expiry: NodeJS.Timeout | undefined
  return {
    request,
    async identify(given) {
      authorization = given
      const viewer = await identify(authorization, address)
      if (!viewer || viewer.expiresAt === Infinity) return
      // Not one of the codes after which graphql-ws's client does not come back: it may have a new token by then.
      const expire = () => socket.close(CloseCode.Forbidden, 'The access token has expired')
      expiry = setTimeout(expire, viewer.expiresAt - Date.now() + expiryMilliseconds)
    },
    startOperation() {
      const requestId = randomUUID()
      return { requestId, answered: startAnswer(log, requestId, 'WEBSOCKET') }
    },
    async createContext(requestId) {
      const viewer = await identify(authorization, address)
      return {
        requestId,
        viewer,
        viewerToken: viewer?.sign(),
        signal: cancel.signal,
        deadline: Date.now() + config.REQUEST_TIMEOUT_MS,
      }
    },
    send: (message) => send(socket, message),
    refuse({ message, extensions }) {
      const { http } = extensions
      socket.close(isObject(http) && http['status'] === 503 ? tryAgainLater : CloseCode.Forbidden, message)
    },
    leave() {
      clearTimeout(expiry)
      cancel.abort()
    },
  }
}

/** Waits until it has left, so that what the client does not read waits in its queues, which have a bound. */
function send(socket: WebSocket, message: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve()
    if (socket.bufferedAmount > maxBufferedBytes) socket.terminate()
    // What cannot be sent any more is known from the end of the socket.
    socket.send(message, { binary: false }, () => resolve())
  })
}

/** Asks for a pong from time to time; a client that has sent none by the next time is not there any more. */
function keepAlive(socket: WebSocket): void {
  let phase: 'alive' | 'asked' = 'alive'
  socket.on('pong', () => {
    phase = 'alive'
  })
  socket.on('ping', () => {
    if (socket.bufferedAmount > maxBufferedBytes) socket.terminate()
  })
  const beat = setInterval(() => {
    if (phase === 'asked') return socket.terminate()
    phase = 'asked'
    socket.ping()
  }, beatMilliseconds)
  socket.once('close', () => clearInterval(beat))
}

function refuse(stream: Parameters<Upgrade>[1], status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
