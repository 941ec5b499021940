import type { BlockList } from 'node:net'

import type { Log } from '../../platform/log'
import type { RouterMetrics } from '../telemetry'
import { createClientKeyLookup } from './clientKey'
import { createConcurrencyBudget, type ConcurrencyBudget } from './concurrencyBudget'
import { createPlanningBudget, type PlanningBudget } from './planningBudget'
import type { SharedBudgets } from './sharedBudgets'

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
  /** The other workers of the router, which share the budgets; undefined for a router of one process. */
  shared?: SharedBudgets | undefined
}

export function createClientBudgets(
  options: ClientBudgetOptions,
  log: Log,
  metrics?: Pick<RouterMetrics, 'countRateLimited'>,
): ClientBudgets {
  const getClientKey = createClientKeyLookup(options.trustedClients)
  const { shared } = options
  const create = (name: string, max: number, share?: number) =>
    createConcurrencyBudget({
      name,
      max,
      ...(share !== undefined && { share }),
      shared,
      getClientKey,
      onRefusal: (scope) => metrics?.countRateLimited(name.toLowerCase(), scope),
      log,
    })
  return {
    requests: create('requests', options.maxRequests),
    // They are rare compared to requests, so that one message for each allows the exact number in any distribution.
    subscriptions: create('subscriptions', options.maxSubscriptions, 0),
    sockets: create('WebSockets', options.maxWebSockets, 0),
    planning: createPlanningBudget({
      maxMs: options.maxPlanningMs,
      shared,
      getClientKey,
      onRefusal: (scope) => metrics?.countRateLimited('planning', scope),
      log,
    }),
  }
}
