import { createConnections } from './connections.ts'
import type { WebSocketClass } from './platform.ts'
import type { Endpoint, GraphQLResponse, SerializedOperation } from './sendOperation.ts'
import type { SessionManager } from './sessionManager.ts'
import {
  subscribe,
  subscribeToResults,
  type SubscribeOptions,
  type SubscriptionOptions,
} from './subscribe.ts'

/** The subscriptions of a client, which share its connections. */
export interface Subscriptions {
  /** Implements `Client.subscribe`. */
  subscribe<Data>(
    operation: SerializedOperation,
    options: SubscribeOptions<Data>,
  ): AsyncIterableIterator<Data, undefined, undefined>
  /** Implements `Client.subscribeToResults`. */
  subscribeToResults<Data>(
    operation: SerializedOperation,
    options: SubscriptionOptions,
  ): AsyncIterableIterator<GraphQLResponse<Data>, undefined, undefined>
}

export function createSubscriptions(
  endpoint: Endpoint,
  webSocket: WebSocketClass | undefined,
  sessionManager: SessionManager,
): Subscriptions {
  const source = { openConnection: createConnections(endpoint, webSocket), sessionManager }
  return {
    subscribe: (operation, options) => subscribe(source, operation, options),
    subscribeToResults: (operation, options) => subscribeToResults(source, operation, options),
  }
}
