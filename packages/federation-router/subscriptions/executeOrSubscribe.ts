import type { HTTPGraphQLResponse } from '@apollo/server'
import type { IncomingHttpHeaders } from 'node:http'

import {
  executeHttpOperation,
  type HttpOperation,
  type OperationServer,
} from '../../platform/http/graphqlRoute'
import type { RouterContext } from '../request/context'
import { negotiateMediaType } from '../request/contentNegotiation'
import type { SubscriberQueue } from './subscriberQueue'

/** What came of an operation: the events of a subscription, or the answer to anything else and to what is refused. */
export type OperationOutcome =
  { kind: 'events'; events: SubscriberQueue } | { kind: 'answer'; answer: HTTPGraphQLResponse }

/**
 * Runs an operation that may be a subscription. It goes all the way through Apollo Server, as a query does: the parser,
 * the rules, the limits, the identity and the words of errors are the same since they are the same code. Where that would
 * execute a subscription, the executor puts its events into the context instead.
 *
 * @param readLastEventId may throw a GraphQLError, which is answered
 */
export async function executeOrSubscribe(
  server: OperationServer<RouterContext>,
  operation: HttpOperation<RouterContext>,
  headers: IncomingHttpHeaders,
  readLastEventId: () => string | undefined = () => undefined,
): Promise<OperationOutcome> {
  let events: SubscriberQueue | undefined
  const createContext = async (): Promise<RouterContext> => ({
    ...(await operation.createContext()),
    lastEventId: readLastEventId(),
    acceptSubscription: (accepted) => {
      events = accepted
    },
  })
  // What streams is decided by then: Apollo Server is asked for JSON where nothing else is left.
  const accept = negotiateMediaType(headers.accept) === undefined ? 'application/json' : headers.accept
  try {
    const answer = await executeHttpOperation(server, { ...operation, createContext }, { ...headers, accept })
    return events ? { kind: 'events', events } : { kind: 'answer', answer }
  } catch (error) {
    await events?.return()
    throw error
  }
}
