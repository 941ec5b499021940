import type { BudgetSlot } from '../budgets/concurrencyBudget'
import type { ExecutionOutcome } from '../executors/agora/compiledOperation'
import type { ViewerIdentity } from '../identity/authenticator'
import type { SubscriberQueue } from '../subscriptions/subscriberQueue'
import type { FetchContext } from '../transport/fetchContext'

/** A request while it is processed. */
export interface RouterContext extends FetchContext {
  /** The sender; undefined when the router runs without identity. */
  viewer?: ViewerIdentity | undefined
  /** The slot of the request in its client's budget; undefined for requests of the router itself. */
  slot?: BudgetSlot
  /** Whether its document is new and the planning budget of its client has admitted it. */
  isAdmitted?: boolean
  /** The operation's execution where it has begun before Apollo Server is called (`respondFromCache`). */
  execution?: Promise<ExecutionOutcome>
  /** Receives the events of a subscription; undefined for a request that cannot stream. */
  acceptSubscription?: (events: SubscriberQueue) => void
  /** The last event that the client received of an interrupted subscription. */
  lastEventId?: string | undefined
}

/** Returns whether a context of Apollo Server is that of the router. */
export function isRouterContext(context: object): context is RouterContext {
  return 'requestId' in context
}
