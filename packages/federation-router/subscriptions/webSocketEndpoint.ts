import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws'
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'

import { createAbortHandle, isObject } from '../../platform'
import { rejectUpgrade, type UpgradeHandler } from '../../platform/http'
import type { Log } from '../../platform/log'
import type { ClientBudgets } from '../budgets/clientBudgets'
import type { BudgetSlot } from '../budgets/concurrencyBudget'
import { RateLimitedError } from '../budgets/rateLimitedError'
import type { Authenticator } from '../identity/authenticator'
import { createRouterContext } from '../request/context'
import type { RequestRecord } from '../request/requestRecord'
import type { ClientHeaders } from '../transport/headerRules'
import { startKeepAlive } from './webSocketKeepAlive'
import { createWebSocketProtocol, type ProcessOperation, type WebSocketClient } from './webSocketProtocol'

interface WebSocketEndpoint {
  upgrade: UpgradeHandler
  /** Closes all sockets with 1001, after messages that are already being sent. */
  close(): void
  countSockets(): number
}

interface WebSocketEndpointOptions {
  processOperation: ProcessOperation
  /** The largest message of a client, in bytes. */
  maxMessageBytes: number
  /** The time for one operation. */
  requestTimeoutMs: number
  budgets: ClientBudgets
  identify: Authenticator['identify']
  resolveAddress(request: IncomingMessage): string
  /** Returns whether a page of the request's origin may connect. */
  allowsOrigin(request: IncomingMessage): boolean
  /** Starts the record of an operation. */
  startRecord(requestId: string): RequestRecord
  /** Selects the headers of a connection that subgraphs receive; undefined without rules for headers. */
  selectHeaders?: ((headers: IncomingHttpHeaders) => ClientHeaders) | undefined
  log: Log
}

/** The time for a client to confirm that the socket is closed. */
const closeTimeoutMs = 2_000
/** Bounds the memory that a client without reading can accumulate with many operations, or with pings that require pongs. */
const maxBufferedBytes = 16 * 1024 * 1024
/** Leaves time for the subscriptions of a socket to report first that its token has expired. */
const expiryDelayMs = 1_000
/** https://www.iana.org/assignments/websocket, close codes. */
const tryAgainLater = 1013
const goingAway = 1001

/** Accepts WebSockets and manages their lifetime. */
export function createWebSocketEndpoint(options: WebSocketEndpointOptions): WebSocketEndpoint {
  const { processOperation, maxMessageBytes, budgets, resolveAddress, allowsOrigin, selectHeaders, log } =
    options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => handleProtocols(offered),
  })
  let phase: 'open' | 'closing' = 'open'

  function serveSocket(socket: WebSocket, slot: BudgetSlot, headers: IncomingHttpHeaders): void {
    startKeepAlive(socket)
    socket.on('ping', () => {
      if (socket.bufferedAmount > maxBufferedBytes) socket.terminate()
    })
    socket.on('error', (error) => log.debug({ err: error }, 'A WebSocket failed'))
    if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL)
      return socket.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable')
    const client = createClient({ ...options, socket, slot, clientHeaders: selectHeaders?.(headers) })
    const protocol = createWebSocketProtocol(client, processOperation)
    socket.on('message', (message) => {
      protocol.handleMessage(String(message)).catch((error: unknown) => {
        log.error({ err: error }, 'A WebSocket message could not be handled')
        socket.close(CloseCode.InternalServerError, 'Internal server error')
      })
    })
    socket.once('close', () => {
      client.disconnect()
      protocol.handleClose()
    })
  }

  async function acceptSocket(...[request, stream, head]: Parameters<UpgradeHandler>): Promise<void> {
    let slot: BudgetSlot
    try {
      slot = await budgets.sockets.acquire(resolveAddress(request))
    } catch (error) {
      if (!(error instanceof RateLimitedError)) throw error
      return rejectUpgrade(stream, '429 Too Many Requests', `retry-after: ${error.retryAfterSeconds}\r\n`)
    }
    stream.once('close', () => slot.release())
    // Both may have changed while this waited for other workers.
    if (stream.destroyed) return slot.release()
    if (phase === 'closing') return rejectUpgrade(stream, '503 Service Unavailable')
    sockets.handleUpgrade(request, stream, head, (socket) => serveSocket(socket, slot, request.headers))
  }

  return {
    upgrade(request, stream, head) {
      if (phase === 'closing') return rejectUpgrade(stream, '503 Service Unavailable')
      if (!allowsOrigin(request)) return rejectUpgrade(stream, '403 Forbidden')
      acceptSocket(request, stream, head).catch((error: unknown) => {
        log.error({ err: error }, 'A WebSocket could not be accepted')
        stream.destroy()
      })
    },
    countSockets: () => sockets.clients.size,
    close() {
      phase = 'closing'
      // The last messages of subscriptions are sent by promises that have settled already.
      setImmediate(() => {
        for (const socket of sockets.clients) socket.close(goingAway, 'Going away')
        setTimeout(() => {
          for (const socket of sockets.clients) socket.terminate()
        }, closeTimeoutMs).unref()
      })
    },
  }
}

interface ClientOptions extends WebSocketEndpointOptions {
  socket: WebSocket
  /** The slot of the socket in its client's budget. */
  slot: BudgetSlot
  clientHeaders: ClientHeaders | undefined
}

function createClient(options: ClientOptions): WebSocketClient & { disconnect(): void } {
  const { socket, slot, requestTimeoutMs, budgets, identify, startRecord, clientHeaders } = options
  const { address } = slot
  const disconnected = createAbortHandle()
  let authorization: string | undefined
  let unwatch: (() => void) | undefined
  let expiry: NodeJS.Timeout | undefined
  return {
    async identify(given) {
      authorization = given
      const viewer = await identify(authorization, address)
      await slot.assignViewer(viewer)
      if (disconnected.signal.aborted) return
      // graphql-ws's client reconnects after this code, by then perhaps with a new token.
      const expire = () => socket.close(CloseCode.Forbidden, 'The access token is no longer valid')
      unwatch = viewer?.watch((end) => {
        // While revocations are unknown, each operation is refused instead.
        if (end === 'invalid') expiry = setTimeout(expire, expiryDelayMs)
      })
    },
    startOperation() {
      const requestId = randomUUID()
      const record = startRecord(requestId)
      let operationSlot: BudgetSlot | undefined
      return {
        record,
        async createContext() {
          operationSlot ??= await budgets.requests.acquire(address)
          const viewer = await identify(authorization, address)
          const deadline = performance.now() + requestTimeoutMs
          const { signal } = disconnected
          return createRouterContext(
            { requestId, clientHeaders, slot: operationSlot, signal, deadline },
            viewer,
          )
        },
        complete(status) {
          operationSlot?.release()
          record.complete(status)
        },
      }
    },
    send(message) {
      return new Promise((resolve) => {
        if (socket.readyState !== socket.OPEN) return resolve()
        if (socket.bufferedAmount > maxBufferedBytes) socket.terminate()
        // An error means that the socket has been closed, which its event reports.
        socket.send(message, { binary: false }, () => resolve())
      })
    },
    close: (code, reason) => socket.close(code, shortenReason(reason)),
    refuse({ message, extensions }) {
      const { http } = extensions
      const isTemporary = isObject(http) && (http['status'] === 503 || http['status'] === 429)
      socket.close(isTemporary ? tryAgainLater : CloseCode.Forbidden, shortenReason(message))
    },
    disconnect() {
      unwatch?.()
      clearTimeout(expiry)
      disconnected.abort()
    },
  }
}

/** A close frame has room for 123 bytes (RFC 6455, section 5.5); a UTF-16 unit takes at most 3. */
const shortenReason = (reason: string): string =>
  Buffer.byteLength(reason) > 123 ? reason.slice(0, 41) : reason
