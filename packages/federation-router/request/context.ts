import type { BudgetSlot } from '../budgets/concurrencyBudget'
import type { PlanningClient } from '../budgets/planningBudget'
import type { ViewerIdentity } from '../identity/authenticator'
import type { FetchContext } from '../transport/fetchContext'

/** A request while it is processed. */
export interface RouterContext extends FetchContext, PlanningClient {
  /** The sender; undefined when the router runs without identity. */
  viewer: ViewerIdentity | undefined
  /** The slot of the request in its client's budget. */
  slot: BudgetSlot
}

/** A request whose sender is not identified yet. */
export type UnidentifiedRequest = Pick<
  RouterContext,
  'requestId' | 'userAgent' | 'cookie' | 'clientHeaders' | 'slot' | 'signal' | 'deadline'
>

/**
 * Creates the context of a request, and counts the request against the budget of its viewer.
 *
 * @throws RATE_LIMITED when the viewer has too many requests open
 */
export function createRouterContext(
  request: UnidentifiedRequest,
  viewer: ViewerIdentity | undefined,
): RouterContext | Promise<RouterContext> {
  const create = () => ({ ...request, viewer, viewerToken: viewer?.signViewerToken() })
  const assigned = request.slot.assignViewer(viewer)
  return assigned ? assigned.then(create) : create()
}
