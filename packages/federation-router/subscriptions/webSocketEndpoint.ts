import { CloseCode, handleProtocols } from 'graphql-ws'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'

import { rejectUpgrade, type UpgradeHandler } from '../../platform/http/server'
import type { Log } from '../../platform/log'
import { startRequestLog } from '../request/accessLog'
import type { ClientBudgets } from '../budgets/clientBudgets'
import type { BudgetSlot } from '../budgets/concurrencyBudget'
import { RateLimitedError } from '../budgets/rateLimitedError'
import { createAbortHandle } from '../../platform/async/abortHandle'
import type { Config } from '../../../router/config'
import type { OperationServer } from '../../platform/http/graphqlRoute'
import type { RouterContext } from '../request/context'
import { isObject } from '../../platform/json'
import type { Authenticator } from '../identity/authenticator'
import { startKeepAlive } from './webSocketKeepAlive'
import { createWebSocketProtocol, type WebSocketConnection } from './webSocketProtocol'

export interface WebSocketEndpoint {
  upgrade: UpgradeHandler
  /** Closes all with 1001, once what was under way for them has been written. */
  close(): void
}

export interface WebSocketEndpointOptions {
  server: OperationServer<RouterContext>
  config: Config
  budgets: ClientBudgets
  identify: Authenticator['identify']
  addressOf(request: IncomingMessage): string
  /** Whether a page of this origin may connect. */
  allowsOrigin(request: IncomingMessage): boolean
  log: Log
}

/** How long a client may take to answer that a socket is closed. */
const closeMilliseconds = 2_000
/** What each operation sends waits for what it sent before; a client may have very many, or ask for pongs alone. */
const maxBufferedBytes = 16 * 1024 * 1024
/** The streams of a socket say first that its token has ended. */
const expiryMilliseconds = 1_000
/** https://www.iana.org/assignments/websocket, close codes. */
const tryAgainLater = 1013
const goingAway = 1001

/** WebSockets, as connections: what is said on them is the protocol's business. */
export function createWebSocketEndpoint(options: WebSocketEndpointOptions): WebSocketEndpoint {
  const { server, config, budgets, addressOf, allowsOrigin, log } = options
  const protocol = createWebSocketProtocol(server)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: config.MAX_BODY_BYTES,
    handleProtocols: (offered) => handleProtocols(offered),
  })
  let phase: 'open' | 'closing' = 'open'

  function serve(socket: WebSocket, request: IncomingMessage, slot: BudgetSlot): void {
    const client = createClient({ ...options, socket, request, slot })
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
    startKeepAlive(socket)
    socket.on('ping', () => {
      if (socket.bufferedAmount > maxBufferedBytes) socket.terminate()
    })
    socket.on('error', (error) => log.debug({ err: error }, 'A socket has failed'))
    socket.once('close', (code, reason) => {
      client.leave()
      void closed(code, String(reason))
    })
  }

  return {
    upgrade(request, stream, head) {
      if (phase === 'closing') return rejectUpgrade(stream, '503 Service Unavailable')
      if (!allowsOrigin(request)) return rejectUpgrade(stream, '403 Forbidden')
      let slot: BudgetSlot
      try {
        slot = budgets.sockets.acquire(addressOf(request))
      } catch (error) {
        if (!(error instanceof RateLimitedError)) throw error
        return rejectUpgrade(stream, '429 Too Many Requests', `retry-after: ${error.retryAfterSeconds}\r\n`)
      }
      stream.once('close', () => slot.release())
      sockets.handleUpgrade(request, stream, head, (socket) => serve(socket, request, slot))
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

interface ClientOptions extends WebSocketEndpointOptions {
  socket: WebSocket
  request: IncomingMessage
  /** The socket as it counts for its client. */
  slot: BudgetSlot
}

function createClient(options: ClientOptions): WebSocketConnection & { leave(): void } {
  const { socket, request, slot, config, budgets, identify, log } = options
  const { address } = slot
  const cancel = createAbortHandle()
  let authorization: string | undefined
  let unwatch: (() => void) | undefined
  let expiry: NodeJS.Timeout | undefined
  return {
    request,
    async identify(given) {
      authorization = given
      const viewer = await identify(authorization, address)
      slot.assignViewer(viewer)
      // Not one of the codes after which graphql-ws's client does not come back: it may have a new token by then.
      const expire = () => socket.close(CloseCode.Forbidden, 'The access token is not valid any more')
      unwatch = viewer?.watch((end) => {
        // While revocations are not received, its operations are refused one by one.
        if (end === 'invalid') expiry = setTimeout(expire, expiryMilliseconds)
      })
    },
    startOperation() {
      const requestId = randomUUID()
      const logAnswer = startRequestLog(log, requestId, 'WEBSOCKET')
      let operation: BudgetSlot | undefined
      return {
        async createContext() {
          operation ??= budgets.requests.acquire(address)
          const viewer = await identify(authorization, address)
          operation.assignViewer(viewer)
          return {
            requestId,
            viewer,
            viewerToken: viewer?.signViewerToken(),
            slot: operation,
            signal: cancel.signal,
            deadline: performance.now() + config.REQUEST_TIMEOUT_MS,
          }
        },
        complete(status) {
          operation?.release()
          logAnswer(status)
        },
      }
    },
    send: (message) => send(socket, message),
    refuse({ message, extensions }) {
      const { http } = extensions
      const isTemporary = isObject(http) && (http['status'] === 503 || http['status'] === 429)
      socket.close(isTemporary ? tryAgainLater : CloseCode.Forbidden, message)
    },
    leave() {
      unwatch?.()
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
