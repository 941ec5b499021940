import type { BudgetSlot } from '../budgets/concurrencyBudget'
import type { AbortSignalLike } from '../../platform/async/abortHandle'
import type { ExecutionOutcome } from '../executors/agora/compiledOperation'
import type { ViewerIdentity } from '../identity/authenticator'
import type { SubscriberQueue } from '../subscriptions/subscriberQueue'
import type { PendingFetches } from '../transport/pendingFetches'

/** What the router knows of a request while it is answered. */
export interface RouterContext {
  requestId: string
  /** The viewer header for the subgraphs; undefined when the router runs without identity. */
  viewerToken: string | undefined
  /** Whose that header is; undefined without identity. */
  viewer?: ViewerIdentity | undefined
  /** The request as it counts for its client; undefined for the router's own requests. */
  slot?: BudgetSlot
  /** Whether its document was new, and its client had time left for it: see `PlanningBudget`. */
  isAdmitted?: boolean
  /** Aborts when the client has gone away: nobody reads an answer any more. */
  signal: AbortSignalLike
  /** When the request must be answered at the latest, in milliseconds of the monotonic clock (`performance.now`). */
  deadline: number
  /** The operation's queries that subgraphs have not responded to yet. */
  pendingFetches?: PendingFetches
  /** The operation's execution where it has begun before Apollo Server is asked (`answerPrepared`). */
  execution?: Promise<ExecutionOutcome>
  /** Is given a subscription's events; undefined where the request came by a way that has none. */
  acceptSubscription?: (events: SubscriberQueue) => void
  /** The last event that the client has had of a subscription that broke off. */
  lastEventId?: string | undefined
}

/** Returns whether a context of Apollo Server is that of the router. */
export function isRouterContext(context: object): context is RouterContext {
  return 'requestId' in context
}
