import {
  composeExchanges,
  fetchExchange,
  makeOperation,
  mapExchange,
  subscriptionExchange,
  type Exchange,
} from '@urql/core'

import type { Client } from '../createClient.ts'
import { forwardResults, type ResultObserver } from '../forwardResults.ts'
import type { SubscriptionOptions } from '../subscribe.ts'

export * from '../../generated/documentNodes/index.ts'
export type * from '../../generated/operations.ts'
export type { TypedDocumentNode } from '../typedDocumentNode.ts'

/** The options of subscriptions; `onResync` is called when events may be missing. */
export type AgoraExchangeOptions = Omit<SubscriptionOptions, 'signal'>

/**
 * Creates the last exchange of urql. Queries and mutations are sent by `client.fetch`, so that they share its session;
 * subscriptions share its WebSocket, and resume.
 *
 *     const urql = new Client({ url: client.url, exchanges: [cacheExchange, agoraExchange(client)] })
 */
export function agoraExchange(client: Client, options: AgoraExchangeOptions = {}): Exchange {
  return composeExchanges([
    mapExchange({
      onOperation: (operation) =>
        makeOperation(operation.kind, operation, { ...operation.context, fetch: client.fetch }),
    }),
    subscriptionExchange({
      forwardSubscription: ({ query = '', operationName, variables }) => ({
        subscribe(observer) {
          const results = client.subscribeToResults({ query, operationName, variables }, options)
          return { unsubscribe: forwardResults(results, observer as ResultObserver) }
        },
      }),
    }),
    fetchExchange,
  ])
}
