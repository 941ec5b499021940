import type { Log } from '../../platform/log'
import type { Config } from '../../../router/config'
import { createClientKeyLookup } from './clientKey'
import { createConcurrencyBudget, type ConcurrencyBudget } from './concurrencyBudget'
import { createPlanningBudget, type PlanningBudget } from './planningBudget'

/**
 * Bounds what one client uses of the router, so that others always get through. A client is a network
 * address, of IPv6 a /64 network; a signed-in viewer may use a quarter of it. TRUSTED_CLIENTS have no budgets.
 */
export interface ClientBudgets {
  /** Requests over HTTP, and operations over a WebSocket, until their responses are complete. */
  requests: ConcurrencyBudget
  subscriptions: ConcurrencyBudget
  sockets: ConcurrencyBudget
  planning: PlanningBudget
}

/** Creates the budgets that the configuration sets. */
export function createClientBudgets(config: Config, log: Log): ClientBudgets {
  const clientOf = createClientKeyLookup(config.TRUSTED_CLIENTS)
  const create = (name: string, max: number) => createConcurrencyBudget({ name, max, clientOf, log })
  return {
    requests: create('requests', config.MAX_CLIENT_REQUESTS),
    subscriptions: create('subscriptions', config.MAX_CLIENT_SUBSCRIPTIONS),
    sockets: create('WebSockets', config.MAX_CLIENT_WEBSOCKETS),
    planning: createPlanningBudget({ maxMs: config.MAX_CLIENT_PLANNING_MS, clientOf, log }),
  }
}
