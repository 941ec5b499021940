import { readTransportSettings } from '../packages/federation-router/transport/settings'
import {
  createNodeSubgraph,
  readHeaderRules,
  type ServeOptions,
  type SharedBudgets,
  type TrustedDocuments,
} from '../packages/federation-router'
import type { Log } from '../packages/platform/log'
import type { Telemetry } from '../packages/platform/telemetry'
import { readIdType } from '../schema/ids'
import { nodeOwners, nodeSubgraph } from '../schema/node'
import type { Config } from './config'
import { createExplorerRoutes } from './landingPage/explorerFiles'
import { createLandingPage } from './landingPage/landingPage'
import { listScopesOfRole } from './roleScopes'
import { createSubgraphUrlResolver } from './subgraphUrls'
import { createUnsubscribeRoute, unsubscribePath } from './unsubscribeRoute'

interface Environment {
  config: Config
  /** The SDL of the supergraph. */
  supergraph: string
  /** The documents of TRUSTED_DOCUMENTS_FILE. */
  trustedDocuments?: TrustedDocuments | undefined
  /** URLs of subgraphs that differ from the supergraph's, by the name of their variable (`POSTS_URL`). */
  subgraphUrls: ReadonlyMap<string, string>
  /** Settings of single subgraphs, by the name of their variable (`POSTS_QUERY_TIMEOUT_MS`). */
  subgraphSettings?: ReadonlyMap<string, string>
  /** The other workers of this router; undefined for a router of one process. */
  sharedBudgets?: SharedBudgets | undefined
  /** Default: without metrics and traces. */
  telemetry?: Telemetry
  log: Log
}

/**
 * Creates the options of the router from its environment.
 *
 * @throws ConfigError for invalid settings of single subgraphs
 */
export function createRouterOptions(environment: Environment): ServeOptions {
  const { config, supergraph, trustedDocuments, subgraphUrls, sharedBudgets, telemetry, log } = environment
  const { subgraphSettings = new Map<string, string>() } = environment
  const isProduction = config.NODE_ENV === 'production'
  return {
    host: config.HOST,
    port: config.PORT,
    drainMs: config.DRAIN_MS,
    supergraph,
    executor: config.ROUTER_EXECUTOR,
    resolveSubgraphUrl: createSubgraphUrlResolver(subgraphUrls),
    transport: readTransportSettings(config, subgraphSettings),
    cache: config.CACHE === 'off' ? undefined : { mode: config.CACHE, maxBytes: config.CACHE_MB * 1_000_000 },
    localSubgraphs: new Map([
      [nodeSubgraph.url, createNodeSubgraph({ owners: nodeOwners, readType: readIdType })],
    ]),
    identity: readIdentity(config),
    policyUrl: config.POLICY_URL,
    headerRules: config.HEADERS_FILE === undefined ? undefined : readHeaderRules(config.HEADERS_FILE),
    budgets: {
      maxRequests: config.MAX_CLIENT_REQUESTS,
      maxSubscriptions: config.MAX_CLIENT_SUBSCRIPTIONS,
      maxWebSockets: config.MAX_CLIENT_WEBSOCKETS,
      maxPlanningMs: config.MAX_CLIENT_PLANNING_MS,
      trustedClients: config.TRUSTED_CLIENTS,
      shared: sharedBudgets,
    },
    limits: {
      maxTokens: config.MAX_TOKENS,
      maxDepth: config.MAX_DEPTH,
      maxAliases: config.MAX_ALIASES,
      maxDirectives: config.MAX_DIRECTIVES,
      maxFields: config.MAX_FIELDS,
      maxPlanningCost: config.MAX_PLANNING_COST,
      maxCost: config.MAX_COST,
      maxPageSize: config.MAX_PAGE_SIZE,
    },
    subscriptions: {
      maxSubscribers: config.MAX_SUBSCRIPTIONS,
      maxBufferSize: config.MAX_SUBSCRIPTION_BUFFER,
      reconnectMs: config.SUBSCRIPTION_RECONNECT_MS,
      eventTimeoutMs: config.REQUEST_TIMEOUT_MS,
    },
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    maxBodyBytes: config.MAX_BODY_BYTES,
    trustedDocuments:
      config.TRUSTED_DOCUMENTS === 'off' || !trustedDocuments
        ? undefined
        : { mode: config.TRUSTED_DOCUMENTS, documents: trustedDocuments },
    introspection: config.INTROSPECTION ?? !isProduction,
    hideNames: isProduction,
    queryPlans: !isProduction,
    corsOrigins: config.CORS_ORIGINS ?? (isProduction ? [] : ['*']),
    cookie: config.SESSION_COOKIES
      ? { subgraph: 'users', name: isProduction ? '__Host-agora_session' : 'agora_session' }
      : undefined,
    trustProxy: config.TRUST_PROXY,
    landingPage: isProduction ? undefined : createLandingPage(config),
    telemetry: { registry: telemetry?.registry, tracer: telemetry?.tracer, slowMs: config.SLOW_MS },
    httpMetrics: telemetry?.httpMetrics,
    routes: {
      ...telemetry?.metricsRoutes,
      ...(!isProduction && createExplorerRoutes()),
      ...(config.JWKS_URL !== undefined && { [unsubscribePath]: createUnsubscribeRoute(config.JWKS_URL) }),
    },
    log,
  }
}

function readIdentity({
  ROUTER_SECRET: secret,
  JWKS_URL: jwksUrl,
  JWT_ISSUER: issuer,
  JWT_AUDIENCE: audience,
}: Config): ServeOptions['identity'] {
  return secret === undefined || jwksUrl === undefined
    ? undefined
    : { secret, jwksUrl, issuer, audience, service: 'users', scopesOfRole: listScopesOfRole }
}
