import type { BlockList } from 'node:net'

import type { Log } from '../../platform/log'
import type { RouterMetrics } from '../telemetry'
import { createClientKeyLookup } from './clientKey'
import { createConcurrencyBudget, type ConcurrencyBudget } from './concurrencyBudget'
import { createPlanningBudget, type PlanningBudget } from './planningBudget'

/**
 * The budgets of each client, so that no client can exhaust the router. A client is a network address, or a /64 network of
 * IPv6; a signed-in viewer may use a quarter of a client's budget. Trusted clients have no budgets.
 */
export interface ClientBudgets {
  /** Requests over HTTP, and operations over a WebSocket, until their responses are complete. */
  requests: ConcurrencyBudget
  subscriptions: ConcurrencyBudget
  sockets: ConcurrencyBudget
  planning: PlanningBudget
}

export interface ClientBudgetOptions {
  /** How many requests one client may have open. */
  maxRequests: number
  maxSubscriptions: number
  maxWebSockets: number
  /** The milliseconds of planning that one client may use within 10 s. */
  maxPlanningMs: number
  /** The networks of clients without budgets. */
  trustedClients?: BlockList | undefined
}

export function createClientBudgets(
  options: ClientBudgetOptions,
  log: Log,
  metrics?: Pick<RouterMetrics, 'countRateLimited'>,
): ClientBudgets {
  const getClientKey = createClientKeyLookup(options.trustedClients)
  const create = (name: string, max: number) =>
    createConcurrencyBudget({
      name,
      max,
      getClientKey,
      onRefusal: (scope) => metrics?.countRateLimited(name.toLowerCase(), scope),
      log,
    })
  return {
    requests: create('requests', options.maxRequests),
    subscriptions: create('subscriptions', options.maxSubscriptions),
    sockets: create('WebSockets', options.maxWebSockets),
    planning: createPlanningBudget({
      maxMs: options.maxPlanningMs,
      getClientKey,
      onRefusal: (scope) => metrics?.countRateLimited('planning', scope),
      log,
    }),
  }
}
