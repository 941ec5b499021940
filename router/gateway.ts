import type { Log } from '../subgraphs/shared/log'
import { addressOf } from './addresses'
import type { PlanningBudget } from './budgets/planning'
import type { Config } from './config'
import { createExecutor } from './execution/executor'
import { createPlanner } from './planning/planner'
import type { PreparedStore } from './prepared'
import {
  createReloadableGateway,
  type GatewayStart,
  type LoadedSupergraph,
  type ReloadableGateway,
} from './reload'
import type { SubscriptionStore } from './subscriptions/store'
import type { Transport } from './transport/transport'

export interface GatewayOptions {
  executor: Config['ROUTER_EXECUTOR']
  /** The supergraph's SDL. */
  supergraph: string
  /** Addresses that differ from the supergraph's, by the name of their variable. */
  urls: ReadonlyMap<string, string>
  transport: Transport
  prepared: PreparedStore
  planning: PlanningBudget
  subscriptions: SubscriptionStore
  log: Log
}

/** Loads a supergraph into an executor. @throws StartError for a supergraph that cannot be served */
type LoadSupergraph = (options: GatewayOptions, start: GatewayStart) => Promise<LoadedSupergraph>

const executors: Record<Config['ROUTER_EXECUTOR'], LoadSupergraph> = {
  agora: loadAgora,
  // Imported only when it is selected: @apollo/gateway and its dependencies take time and memory.
  apollo: async (options, start) =>
    (await import('./executors/apollo/executor')).loadApolloGateway(options, start),
}

/**
 * Creates the gateway that Apollo Server executes operations with. It connects to nothing before the first operation,
 * and so starts in any state of the subgraphs.
 *
 * `load` and `replace` throw StartError for a supergraph that cannot be served.
 */
export function createGateway(options: GatewayOptions): ReloadableGateway {
  const load = executors[options.executor]
  return createReloadableGateway(options.supergraph, (supergraph, start) =>
    load({ ...options, supergraph }, start),
  )
}

/** Loads a supergraph into Apollo's planner and our executor. */
async function loadAgora(options: GatewayOptions): Promise<LoadedSupergraph> {
  const { supergraph, urls, transport, prepared, planning, subscriptions } = options
  const planner = createPlanner(supergraph)
  const addresses = new Map(
    planner.subgraphs.map(({ name, url }) => [name, addressOf(name, url, urls)] as const),
  )
  transport.reach(addresses)
  const hub = subscriptions.renew(addresses)
  const executor = createExecutor({ planner, transport, hub, planning, prepared: prepared.renew() })
  return { apiSchema: planner.apiSchema, coreSupergraphSdl: supergraph, executor }
}
