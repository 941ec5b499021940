import type { RouterContext } from '../request/context'
import type { OperationRequest } from '../request/graphqlRequest'
import type { GraphqlResponse } from '../request/response'
import type { SubscriberQueue } from './subscriberQueue'

/** An operation of a client, over any protocol. */
export interface IncomingOperation extends OperationRequest {
  /**
   * Identifies the client.
   *
   * @throws UNAUTHENTICATED, RATE_LIMITED, SUBGRAPH_UNAVAILABLE as GraphQL errors
   */
  createContext(): RouterContext | Promise<RouterContext>
  /** How events are resumed; undefined when the client cannot receive events. */
  stream?: { readLastEventId(): string | undefined } | undefined
}

/** The outcome of an operation: the events of a subscription, or the response to any other one and to a refused one. */
export type OperationOutcome =
  { kind: 'events'; events: SubscriberQueue } | { kind: 'response'; response: GraphqlResponse }

/** Processes an operation through all stages. */
export type ProcessOperation = (operation: IncomingOperation) => Promise<OperationOutcome>
