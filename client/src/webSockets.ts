import { createClient, type Client as SocketClient } from 'graphql-ws/client'

import { waitUnlessAborted } from './abort.ts'
import type { OpenConnection } from './connection.ts'
import { resolveUrl, type WebSocketClass } from './platform.ts'
import { GraphQLRequestError, type GraphQLResponseError } from './errors.ts'

/** Thrown when no WebSocket can be opened, and none has been before. */
export class WebSocketBlockedError extends Error {}

const connectTimeoutMs = 10_000
/** The next page of an application usually subscribes again. */
const lingerMs = 1_000
/** Close codes without which the endpoint itself has closed a socket. */
const failureCodes: unknown[] = [undefined, 1006, 1015, 4499, 4504]

/**
 * Creates connections that share one WebSocket for each access token (graphql-transport-ws). A socket opens with its first
 * subscription and closes with its last. When the session is renewed, its subscriptions continue on the socket of the next
 * token.
 */
export function createWebSockets(url: string, webSocketImpl: WebSocketClass): OpenConnection {
  const sockets = new Map<string | undefined, SocketClient>()
  let hasConnected = false

  /** @param idleTimeoutMs of the subscription that opens the socket */
  function createSocket(
    accessToken: string | undefined,
    idleTimeoutMs: number,
    onClosed: () => void,
  ): SocketClient {
    let timeout: ReturnType<typeof setTimeout>
    const terminateAfter = (milliseconds: number) => {
      clearTimeout(timeout)
      timeout = setTimeout(() => client.terminate(), milliseconds)
    }
    const end = () => {
      clearTimeout(timeout)
      onClosed()
    }
    const client = createClient({
      url: resolveUrl(url).replace(/^http/, 'ws'),
      webSocketImpl: toSafeClass(webSocketImpl),
      connectionParams: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
      lazyCloseTimeout: lingerMs,
      retryAttempts: 0,
      keepAlive: idleTimeoutMs / 2,
      on: {
        connecting: () => terminateAfter(connectTimeoutMs),
        connected: () => {
          hasConnected = true
          clearTimeout(timeout)
        },
        ping: (isReceived) => isReceived || terminateAfter(idleTimeoutMs / 2),
        pong: (isReceived) => isReceived && clearTimeout(timeout),
        error: end,
        closed: end,
      },
    })
    return client
  }

  function findSocket(accessToken: string | undefined, idleTimeoutMs: number): SocketClient {
    const shared = sockets.get(accessToken)
    if (shared) return shared
    const socket = createSocket(accessToken, idleTimeoutMs, () => {
      if (sockets.get(accessToken) === socket) sockets.delete(accessToken)
    })
    sockets.set(accessToken, socket)
    return socket
  }

  return async function* open({ name, parameters }, { accessToken, lastEventId, idleTimeoutMs, signal }) {
    const client = findSocket(accessToken, idleTimeoutMs)
    const variables = { ...parameters.variables }
    const extensions = { lastEventId: lastEventId ?? null }
    const results = client.iterate<unknown, { eventId?: string }>({ ...parameters, variables, extensions })
    try {
      for (;;) {
        const { done, value } = await waitUnlessAborted(results.next(), signal)
        if (done) return yield { type: 'complete', id: undefined }
        const isPosition = value.data === undefined && value.errors === undefined
        yield { type: isPosition ? 'position' : 'next', result: value, id: value.extensions?.eventId }
      }
    } catch (error) {
      throw signal.aborted ? error : toConnectionError(error, name, hasConnected)
    } finally {
      void results.return?.()
    }
  }
}

interface FailedSocket {
  onclose?: (event: { code: undefined; reason: string }) => void
  close(): void
}

/**
 * Converts a class whose constructor throws, as browsers do for `ws:` URLs on secure pages, into one whose socket closes at
 * once: graphql-ws does not handle the error.
 */
const toSafeClass = (webSocketImpl: WebSocketClass) =>
  class extends webSocketImpl {
    constructor(url: string, protocol: string) {
      try {
        super(url, protocol)
      } catch (error) {
        const failed: FailedSocket = { close: () => undefined }
        queueMicrotask(() => failed.onclose?.({ code: undefined, reason: String(error) }))
        return failed
      }
    }
  }

/** The GraphQL codes of the close codes with which the router refuses a socket. */
const refusals: Record<string, string> = { 1013: 'RATE_LIMITED', 4403: 'UNAUTHENTICATED' }

/** Converts an error of graphql-ws: the errors of a refused operation, or how the socket was closed. */
function toConnectionError(error: unknown, operation: string, hasConnected: boolean): unknown {
  if (Array.isArray(error)) return new GraphQLRequestError(operation, 200, error as GraphQLResponseError[])
  const { code, reason }: { code?: unknown; reason?: unknown } = Object(error)
  const refusal = refusals[String(code)]
  if (refusal)
    return new GraphQLRequestError(operation, 200, [
      { message: String(reason), extensions: { code: refusal } },
    ])
  const message = `${operation}: the WebSocket failed (code ${String(code)}, ${String(reason)})`
  return !hasConnected && failureCodes.includes(code)
    ? new WebSocketBlockedError(message)
    : new Error(message)
}
