import type { GraphqlResponse } from '../request/response'
import type { SubscriberQueue } from './subscriberQueue'

/** The outcome of an operation: the events of a subscription, or the response to any other one and to a refused one. */
export type OperationOutcome =
  { kind: 'events'; events: SubscriberQueue } | { kind: 'response'; response: GraphqlResponse }
