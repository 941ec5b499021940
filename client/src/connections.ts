import type { OpenConnection } from './connection.ts'
import { openEventStream } from './eventStreamConnection.ts'
import type { WebSocketClass } from './platform.ts'
import type { Endpoint } from './sendOperation.ts'
import { createWebSockets, WebSocketBlockedError } from './webSockets.ts'

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
