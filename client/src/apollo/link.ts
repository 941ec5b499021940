import { ApolloLink, HttpLink, Observable } from '@apollo/client'
import { OperationTypeNode, print } from 'graphql'
import { getMainDefinition } from '@apollo/client/utilities'

import type { Client } from '../createClient.ts'
import { forwardResults, type ResultObserver } from '../forwardResults.ts'
import type { SubscriptionOptions } from '../subscribe.ts'

/** The options of subscriptions; `onResync` usually refetches the active queries. */
export type AgoraLinkOptions = Omit<SubscriptionOptions, 'signal'>

/**
 * Creates the terminating link of Apollo Client 3.8 and later. Queries and mutations are sent by `client.fetch`, so that they
 * share its session; subscriptions share its WebSocket, and resume.
 *
 * The type of the result is that of the place where it is used: this package imports no types of Apollo Client, of which a
 * linked package would bring a second copy.
 *
 *     const apollo = new ApolloClient({
 *       link: agoraLink(client, { onResync: () => apollo.refetchQueries({ include: 'active' }) }),
 *       cache: new InMemoryCache({ typePolicies, possibleTypes }),
 *     })
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function agoraLink<Link = any>(client: Client, options: AgoraLinkOptions = {}): Link {
  const http = new HttpLink({ uri: client.url, fetch: client.fetch })
  const subscriptions = new ApolloLink(
    ({ query, operationName, variables }) =>
      new Observable<ApolloLink.Result>((observer) => {
        const parameters = { query: print(query), operationName, variables }
        return forwardResults(client.subscribeToResults(parameters, options), observer as ResultObserver)
      }),
  )
  const link: unknown = ApolloLink.split(
    ({ query }) => {
      const definition = getMainDefinition(query)
      return 'operation' in definition && definition.operation === OperationTypeNode.SUBSCRIPTION
    },
    subscriptions,
    http,
  )
  return link as Link
}
