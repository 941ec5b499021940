import { printSchema, type GraphQLSchema } from 'graphql'

import { StartupError } from '../platform'
import type { Log } from '../platform/log'
import { createAuthorizedPlans, type AuthorizedPlans } from './authorization/authorizedPlans'
import { createAuthorizer } from './authorization/authorizer'
import type { PolicyHook } from './authorization/policyHook'
import type { DataCache } from './cache/dataCache'
import { createAgoraExecutor } from './executors/agora/executor'
import type { Executor, PlanningLimiter } from './executors/executor'
import type { ExecutorName } from './options'
import { createPlanner } from './planning/planner'
import type { RouterContext } from './request/context'
import { createOperationCache, type OperationCache, type OperationLookups } from './request/operationCache'
import type { SubscriptionHub } from './subscriptions/subscriptionHub'
import type { SubscriptionHubs } from './subscriptions/subscriptionHubs'
import { readFieldSubgraphs, type FieldSubgraphsLookup } from './supergraph/fieldSubgraphs'
import { checkSupergraphFeatures } from './supergraph/unsupportedFeatures'
import type { Transport } from './transport/transport'

/** A supergraph while it is served: everything that a request needs of it. */
export interface ServedSupergraph {
  /** The schema that clients see. */
  schema: GraphQLSchema
  /** The same as text. */
  schemaText: string
  executor: Executor<RouterContext>
  operations: OperationCache
  getFieldSubgraphs: FieldSubgraphsLookup
  /** The plans for viewers who may not read everything. */
  authorizedPlans: AuthorizedPlans<RouterContext>
  /** Serves subscriptions; undefined when the executor does not support them. */
  hub: SubscriptionHub | undefined
}

interface SupergraphLoaderOptions {
  executor: ExecutorName
  /** Returns the URL of a subgraph, given the one in the supergraph. @throws StartupError without a usable URL */
  resolveSubgraphUrl(name: string, url: string | undefined): string
  transport: Transport
  /** Undefined without a cache of the subgraphs' data. */
  cache: DataCache | undefined
  planning: PlanningLimiter<RouterContext>
  subscriptions: SubscriptionHubs
  operationLookups: OperationLookups
  policyHook: PolicyHook
  log: Log
}

/**
 * Loads a supergraph into the selected executor. Connects to nothing, so that the router starts in any state of the
 * subgraphs.
 *
 * @throws StartupError for a supergraph that cannot be served
 */
export async function loadSupergraph(
  supergraph: string,
  options: SupergraphLoaderOptions,
): Promise<ServedSupergraph> {
  checkFeatures(supergraph, options.log)
  const { executor, hub } = await loaders[options.executor](supergraph, options)
  const { schema } = executor
  return {
    schema,
    schemaText: `${printSchema(schema)}\n`,
    executor,
    operations: createOperationCache(options.operationLookups),
    getFieldSubgraphs: readFieldSubgraphs(supergraph),
    authorizedPlans: createAuthorizedPlans(
      executor,
      createAuthorizer(supergraph, schema, options.policyHook),
    ),
    hub,
  }
}

function checkFeatures(supergraph: string, log: Log): void {
  try {
    checkSupergraphFeatures(supergraph, log)
  } catch (error) {
    // The executor reports a text that is not GraphQL.
    if (error instanceof StartupError) throw error
  }
}

type LoadExecutor = (
  supergraph: string,
  options: SupergraphLoaderOptions,
) => Promise<Pick<ServedSupergraph, 'executor' | 'hub'>>

const loaders: Record<ExecutorName, LoadExecutor> = {
  async agora(supergraph, { resolveSubgraphUrl, transport, cache, subscriptions }) {
    const planner = createPlanner(supergraph)
    const urls = new Map(
      planner.subgraphs.map(({ name, url }) => [name, resolveSubgraphUrl(name, url)] as const),
    )
    transport.setSubgraphUrls(urls)
    cache?.setSubgraphUrls(urls)
    return {
      executor: createAgoraExecutor({ planner, transport: cache ?? transport }),
      hub: subscriptions.addHub(urls),
    }
  },
  async apollo(supergraph, options) {
    // Imported when it is selected: @apollo/gateway and its dependencies take time and memory.
    const { loadApolloExecutor } = await import('./executors/apollo/executor')
    return { executor: await loadApolloExecutor({ ...options, supergraph }), hub: undefined }
  },
}
