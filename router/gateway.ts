import { addressOf } from './addresses'
import type { PlanningBudget } from './budgets/planning'
import { createExecutor } from './execution/executor'
import { createPlanner } from './planning/planner'
import type { PreparedStore } from './prepared'
import { createReloadableGateway, type ReloadableGateway } from './reload'
import type { SubscriptionStore } from './subscriptions/store'
import type { Transport } from './transport/transport'

export interface GatewayOptions {
  /** The supergraph's SDL. */
  supergraph: string
  /** Addresses that differ from the supergraph's, by the name of their variable. */
  urls: ReadonlyMap<string, string>
  transport: Transport
  prepared: PreparedStore
  planning: PlanningBudget
  subscriptions: SubscriptionStore
}

/**
 * What Apollo Server takes for its gateway: Apollo's planner, and our executor of its plans. It connects to nothing
 * before the first operation, and so starts whatever the state of the subgraphs.
 *
 * `load` and `replace` throw StartError for a supergraph that cannot be served.
 */
export function createGateway(options: GatewayOptions): ReloadableGateway {
  const { supergraph, urls, transport, prepared, planning, subscriptions } = options
  return createReloadableGateway(supergraph, async (next) => {
    const planner = createPlanner(next)
    const addresses = new Map(
      planner.subgraphs.map(({ name, url }) => [name, addressOf(name, url, urls)] as const),
    )
    transport.reach(addresses)
    const hub = subscriptions.renew(addresses)
    const executor = createExecutor({ planner, transport, hub, planning, prepared: prepared.renew() })
    return { apiSchema: planner.apiSchema, coreSupergraphSdl: next, executor }
  })
}
