import type { IncrementalResponse } from '../request/incrementalResponse'
import type { GraphqlResponse } from '../request/response'
import type { SubscriberQueue } from './subscriberQueue'

/**
 * The outcome of an operation: the events of a subscription, the parts of a query with deferred fragments, or the response to any other
 * operation and to a refused one.
 */
export type OperationOutcome =
  | { kind: 'events'; events: SubscriberQueue }
  | ({ kind: 'parts' } & IncrementalResponse)
  | { kind: 'response'; response: GraphqlResponse }
