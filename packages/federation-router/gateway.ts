import type { Log } from '../platform/log'
import type { Config } from '../../router/config'
import type { PlanningBudget } from './budgets/planningBudget'
import { loadAgoraExecutor } from './executors/agora/executor'
import {
  createNoEventStreamError,
  type CompiledSubscription,
  type LoadExecutor,
  type OperationHandlers,
} from './executors/executor'
import { isRouterContext, type RouterContext } from './request/context'
import type { OperationCaches } from './request/operationCache'
import { createReloadableGateway, type ReloadableGateway } from './supergraph/reloadableGateway'
import type { SubscriptionHub } from './subscriptions/subscriptionHub'
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

const executors: Record<Config['ROUTER_EXECUTOR'], LoadExecutor<RouterContext>> = {
  agora: loadAgoraExecutor,
  // Imported only when it is selected: @apollo/gateway and its dependencies take time and memory.
  apollo: async (options, start) =>
    (await import('./executors/apollo/executor')).loadApolloExecutor(options, start),
}

/**
 * Creates the gateway that Apollo Server executes operations with. It connects to nothing before the first operation,
 * and so starts in any state of the subgraphs.
 *
 * `load` and `replace` throw StartError for a supergraph that cannot be served.
 */
export function createGateway(options: GatewayOptions): ReloadableGateway {
  const { operationCaches, subscriptions } = options
  const load = executors[options.executor]
  const createHandlers = (subgraphUrls: ReadonlyMap<string, string>): OperationHandlers<RouterContext> => {
    const hub = subscriptions.addHub(subgraphUrls)
    const { store } = operationCaches.reset()
    return {
      onCompiled: store,
      subscribe: (subscription, context) => subscribe(hub, subscription, context),
    }
  }
  return createReloadableGateway(options.supergraph, (supergraph, start) =>
    load({ ...options, supergraph, isContext: isRouterContext, createHandlers }, start),
  )
}

/** @throws GraphQLError for a request over a transport without events */
function subscribe(hub: SubscriptionHub, subscription: CompiledSubscription, context: RouterContext): void {
  const { acceptSubscription, viewer, slot, lastEventId } = context
  if (!acceptSubscription || !slot || !subscription.compiled.primary) throw createNoEventStreamError()
  acceptSubscription(
    hub.subscribe({ ...subscription, resumePosition: lastEventId }, { viewer, address: slot.address }),
  )
  // From now on it counts as a subscription.
  slot.release()
}
