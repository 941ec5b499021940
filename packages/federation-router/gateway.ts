import type { Log } from '../platform/log'
import { resolveSubgraphUrl } from './supergraph/subgraphUrl'
import type { PlanningBudget } from './budgets/planningBudget'
import type { Config } from '../../router/config'
import { createExecutor } from './executors/agora/executor'
import { createPlanner } from './planning/planner'
import type { OperationCaches } from './request/operationCache'
import {
  createReloadableGateway,
  type GatewayLoadOptions,
  type LoadedSupergraph,
  type ReloadableGateway,
} from './supergraph/reloadableGateway'
import type { SubscriptionHubs } from './subscriptions/subscriptionHubs'
import type { Transport } from './transport/transport'

export interface GatewayOptions {
  executor: Config['ROUTER_EXECUTOR']
  /** The supergraph's SDL. */
  supergraph: string
  /** Addresses that differ from the supergraph's, by the name of their variable. */
  subgraphUrls: ReadonlyMap<string, string>
  transport: Transport
  operationCaches: OperationCaches
  planning: PlanningBudget
  subscriptions: SubscriptionHubs
  log: Log
}

/** Loads a supergraph into an executor. @throws StartError for a supergraph that cannot be served */
type LoadSupergraph = (options: GatewayOptions, start: GatewayLoadOptions) => Promise<LoadedSupergraph>

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
  const { supergraph, subgraphUrls, transport, operationCaches, planning, subscriptions } = options
  const planner = createPlanner(supergraph)
  const addresses = new Map(
    planner.subgraphs.map(({ name, url }) => [name, resolveSubgraphUrl(name, url, subgraphUrls)] as const),
  )
  transport.setSubgraphUrls(addresses)
  const hub = subscriptions.addHub(addresses)
  const executor = createExecutor({ planner, transport, hub, planning, prepared: operationCaches.reset() })
  return { apiSchema: planner.apiSchema, coreSupergraphSdl: supergraph, executor }
}
