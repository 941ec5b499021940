import type { ExecutedOutcome } from '../request/operationExecution'
import type { SubscriberQueue } from './subscriberQueue'

/** The outcome of an operation: the events of a subscription, or the outcome of any other operation and of a refused one. */
export type OperationOutcome = { kind: 'events'; events: SubscriberQueue } | ExecutedOutcome
