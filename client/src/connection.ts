import type { Endpoint, GraphQLResponse, SerializedOperation } from './sendOperation.ts'
import { openEventStream } from './eventStreamConnection.ts'
import { createWebSockets, WebSocketBlockedError, type WebSocketClass } from './webSockets.ts'

/** An event of a subscription, over any protocol. */
export interface ConnectionEvent {
  /** A result, the end of the subscription, or a resume position or heartbeat. */
  type: 'next' | 'complete' | 'position'
  /** The result of `next`; undefined for one that is not valid. */
  result?: GraphQLResponse<unknown> | undefined
  /** The event after which the subscription can resume; undefined if there was none so far. */
  id: string | undefined
}

export interface ConnectionOptions {
  accessToken: string | undefined
  /** The event after which the subscription resumes; without it, it starts with future events. */
  lastEventId: string | undefined
  /** The longest time without data, in milliseconds. */
  idleTimeoutMs: number
  signal: AbortSignal
}

/**
 * Opens a subscription and yields its events. Ends it when the consumer stops.
 *
 * @throws GraphQLRequestError when the operation is refused; another error when the connection fails, or is idle too long
 */
export type OpenConnection = (
  operation: SerializedOperation,
  options: ConnectionOptions,
) => AsyncGenerator<ConnectionEvent, void>

/**
 * Creates the connections of a client: over WebSockets, or by server-sent events, which occupy one of a browser's few
 * connections each. They are the fallback where WebSockets are blocked.
 */
export function createConnections(endpoint: Endpoint, webSocket: WebSocketClass | undefined): OpenConnection {
  let sockets = webSocket && createWebSockets(endpoint.url, webSocket)
  return async function* open(operation, options) {
    if (sockets) {
      try {
        return yield* sockets(operation, options)
      } catch (error) {
        if (!(error instanceof WebSocketBlockedError)) throw error
      }
    }
    for await (const event of openEventStream(endpoint, operation, options)) {
      // The endpoint responds, so that WebSockets are blocked on the way to it.
      sockets = undefined
      yield event
    }
  }
}
