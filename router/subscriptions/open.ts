import type { HTTPGraphQLResponse } from '@apollo/server'
import type { IncomingHttpHeaders } from 'node:http'

import { executeOn, type Operation, type OperationServer } from '../../subgraphs/shared/graphqlRoute'
import type { RouterContext } from '../context'
import { negotiate } from '../httpStatus'
import type { EventQueue } from './queue'

/** What came of an operation: the events of a subscription, or the answer to anything else and to what is refused. */
export type Opened = { kind: 'events'; events: EventQueue } | { kind: 'answer'; answer: HTTPGraphQLResponse }

/**
 * Runs an operation that may be a subscription. It goes all the way through Apollo Server, as a query does: the parser,
 * the rules, the limits, the identity and the words of errors are the same since they are the same code. Where that would
 * execute a subscription, the executor puts its events into the context instead.
 *
 * @param readLastEventId may throw a GraphQLError, which is answered
 */
export async function openOperation(
  server: OperationServer<RouterContext>,
  operation: Operation<RouterContext>,
  headers: IncomingHttpHeaders,
  readLastEventId: () => string | undefined = () => undefined,
): Promise<Opened> {
  let events: EventQueue | undefined
  const createContext = async () => ({
    ...(await operation.createContext()),
    lastEventId: readLastEventId(),
    takeEvents: (taken: EventQueue) => {
      events = taken
    },
  })
  // What streams is decided by then: Apollo Server is asked for JSON where nothing else is left.
  const accept = negotiate(headers.accept) === undefined ? 'application/json' : headers.accept
  try {
    const answer = await executeOn(server, { ...operation, createContext }, { ...headers, accept })
    return events ? { kind: 'events', events } : { kind: 'answer', answer }
  } catch (error) {
    await events?.return()
    throw error
  }
}
