import { createPolicyHook } from './authorization/policyHook'
import { createClientBudgets } from './budgets/clientBudgets'
import { createCacheMetrics } from './cache/cacheMetrics'
import { createDataCache } from './cache/dataCache'
import { createSlotCounter } from './budgets/slotCounter'
import { createSubscriptionSlots } from './budgets/subscriptionSlots'
import { createOperationPreparation } from './operationPreparation'
import type { RouterOptions } from './options'
import { createClientAddressResolver } from './request/clientAddress'
import { createCorsHandler, createOriginCheck } from './request/cors'
import { createCookieReader } from './request/subgraphCookie'
import { createResultFormatter } from './request/errorFormatter'
import { createErrorReporter, createErrorResponder } from './request/errorResponse'
import { createOperationExecution } from './request/operationExecution'
import { createPersistedQueries } from './request/persistedQueries'
import { createRequestRecorder } from './request/requestRecord'
import { createRequestTracker } from './request/requestTracker'
import { loadSupergraph, type ServedSupergraph } from './servedSupergraph'
import { createSubscriptionHubs } from './subscriptions/subscriptionHubs'
import { createRouterMetrics } from './telemetry'
import { createTransport } from './transport/transport'

/** Creates the parts of a router that outlive its supergraph. None of them connects to anything yet. */
export function createRouterParts(options: RouterOptions) {
  const { hideNames, localSubgraphs, headerRules, log } = options
  const { registry, tracer } = options.telemetry
  const metrics = registry && createRouterMetrics(registry)
  const transport = createTransport({
    settings: options.transport,
    localSubgraphs,
    headerRules,
    metrics,
    log,
  })
  const cache =
    options.cache &&
    createDataCache({
      ...options.cache,
      ...{ transport, headerRules, log },
      secret: options.identity?.secret,
      metrics: registry && createCacheMetrics(registry),
    })
  const budgets = createClientBudgets(options.budgets, log, metrics)
  const resolveAddress = createClientAddressResolver(options.trustProxy)
  const slots = createSubscriptionSlots({
    budget: budgets.subscriptions,
    total: createSlotCounter({
      name: 'all subscriptions',
      max: options.subscriptions.maxSubscribers,
      share: 0,
      shared: options.budgets.shared,
    }),
    onTooMany: () => metrics?.countRateLimited('subscriptions', 'all'),
  })
  const subscriptions = createSubscriptionHubs({
    settings: options.subscriptions,
    getEndpoint(service, subgraphUrl) {
      const { SUBSCRIPTION_PROTOCOL: protocol, SUBSCRIPTION_PATH: path } = options.transport(service)
      return { protocol, url: path === undefined ? subgraphUrl : new URL(path, subgraphUrl).href }
    },
    getMaxEventLength: (service) => options.transport(service).MAX_RESPONSE_BYTES,
    headerRules,
    slots,
    formatOutcome: createResultFormatter({ hideNames }),
    metrics: metrics?.subscriptions,
    tracer,
    log,
  })
  const planning = budgets.planning
  const reportErrors = createErrorReporter({ hideNames, log })
  const createErrorResponse = createErrorResponder(reportErrors)
  const persistedQueries = createPersistedQueries(options.trustedDocuments)
  const operationLookups = { hits: 0, misses: 0 }
  const policyHook = createPolicyHook(options.policyUrl, log)
  const loaderOptions = {
    ...options,
    resolveSubgraphUrl: (name: string, url: string | undefined) =>
      url !== undefined && localSubgraphs?.has(url) ? url : options.resolveSubgraphUrl(name, url),
    ...{ transport, cache, planning, subscriptions, operationLookups, policyHook },
  }
  return {
    budgets,
    metrics,
    preparation: createOperationPreparation({
      ...options,
      budgets,
      metrics,
      isTrusted: persistedQueries.isTrusted,
    }),
    recorder: createRequestRecorder({ ...options.telemetry, metrics, log }),
    subscriptions,
    transport,
    cache,
    resolveAddress,
    requests: createRequestTracker({ budget: budgets.requests, resolveAddress }),
    persistedQueries,
    handleCors: createCorsHandler(options.corsOrigins, options.cookie !== undefined),
    readCookie: createCookieReader(options.cookie, options.corsOrigins),
    allowsOrigin: createOriginCheck(options.corsOrigins),
    createErrorResponse,
    executeOperation: createOperationExecution({ createErrorResponse, reportErrors, ...options }),
    /** Loads a supergraph to serve. @throws StartupError for one that cannot be served */
    loadSupergraph: (supergraph: string): Promise<ServedSupergraph> =>
      loadSupergraph(supergraph, loaderOptions),
    async close(): Promise<void> {
      await subscriptions.close()
      await cache?.close()
      await transport.close()
      await policyHook.close()
    },
  }
}
