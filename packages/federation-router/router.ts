import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { handleGraphqlRequest, type GraphqlHttpRequest } from '../platform/http/graphqlRoute'
import {
  createHealthRoutes,
  sendText,
  startHttpServer,
  type Route,
  type RunningServer,
  type UpgradeHandler,
} from '../platform/http/server'
import type { Log } from '../platform/log'
import { createSecurityLog } from '../auth/securityLog'
import { createThrottlingLog } from '../auth/throttlingLog'
import { startRequestLog } from './request/accessLog'
import { createClientBudgets } from './budgets/clientBudgets'
import type { BudgetSlot } from './budgets/concurrencyBudget'
import { limitDocumentPlanning } from './budgets/planningBudget'
import { sendRateLimitedResponse } from './budgets/rateLimitedError'
import { createAbortHandle } from '../platform/async/abortHandle'
import { createClientAddressResolver } from './request/clientAddress'
import type { Config } from '../../router/config'
import type { RouterContext } from './request/context'
import { createCorsHandler, createOriginCheck } from './request/cors'
import { createDocumentStore } from './validation/documentStore'
import { createErrorFormatter, createErrorLogPlugin } from './request/errorFormatter'
import { stringifyResult } from './executors/agora/serializedData'
import { createGateway } from './gateway'
import { createContentNegotiationPlugin } from './request/contentNegotiation'
import { createAuthenticator, type ViewerIdentity } from './identity/authenticator'
import { createLandingPage } from '../../router/landingPage/landingPage'
import { createLimitsPlugin } from './limits/limits'
import { respondFromCache, createOperationCaches } from './request/operationCache'
import type { Gateway } from './supergraph/reloadableGateway'
import { createSchemaText } from './request/schemaText'
import { respondWithStream } from './subscriptions/httpStreams'
import { createWebSocketEndpoint } from './subscriptions/webSocketEndpoint'
import { createSubscriptionHubs } from './subscriptions/subscriptionHubs'
import { readTransportSettings } from './transport/settings'
import { createTransport } from './transport/transport'
import { limitDocumentText } from './validation/documentText'
import { finiteNumbersRule } from './validation/finiteNumbersRule'
import { operationTypesRule } from './validation/operationTypesRule'
import { subscriptionRootPlugin, subscriptionRootRule } from './validation/subscriptionRootRule'

export interface RouterOptions {
  config: Config
  /** The supergraph's SDL. */
  supergraph: string
  /** Addresses of subgraphs that differ from the supergraph's, by the name of their variable (`POSTS_URL`). */
  subgraphUrls: ReadonlyMap<string, string>
  /** Settings of single subgraphs, by the name of their variable (`POSTS_QUERY_TIMEOUT_MS`). */
  subgraphSettings?: ReadonlyMap<string, string>
  log: Log
}

/** The router as a value: nothing listens yet. */
export interface Router {
  routes: Readonly<Record<string, Route>>
  /** What answers requests for a WebSocket, by path. */
  upgrades: Readonly<Record<string, UpgradeHandler>>
  /**
   * Serves another supergraph from now on; requests under way end on the one before it.
   *
   * @throws StartError for one that cannot be served: nothing has changed then
   */
  replaceSupergraph(supergraph: string): Promise<void>
  /** From now on it is not ready; it still answers. */
  drain(): void
  /** Ends subscriptions, and those that still come: each is told to subscribe again. Closes WebSockets. */
  endSubscriptions(): void
  /** Closes the ways to the subgraphs. To be called when no request is under way. */
  close(): Promise<void>
}

/**
 * The router in front of any supergraph. No subgraph needs to be up.
 *
 * @throws StartError for a supergraph that cannot be served
 */
export async function createRouter(dependencies: RouterOptions): Promise<Router> {
  const { config, supergraph, subgraphUrls, log, subgraphSettings = new Map<string, string>() } = dependencies
  const production = config.NODE_ENV === 'production'
  const introspection = config.INTROSPECTION ?? !production
  const schemaText = createSchemaText()
  const landingPage = production ? undefined : createLandingPage(config)
  const transport = createTransport({ settings: readTransportSettings(config, subgraphSettings), log })
  const prepared = createOperationCaches(config)
  const budgets = createClientBudgets(config, log)
  const subscriptions = createSubscriptionHubs({
    config,
    budget: budgets.subscriptions,
    hideNames: production,
    log,
  })
  const { gateway, replaceSupergraph } = createGateway({
    executor: config.ROUTER_EXECUTOR,
    supergraph,
    subgraphUrls,
    transport,
    operationCaches: prepared,
    planning: budgets.planning,
    subscriptions,
    log,
  })
  const documents = createDocumentStore()
  const apollo = createServer(dependencies, gateway, documents, [
    budgets.planning.plugin,
    schemaText.plugin,
    landingPage?.plugin ?? ApolloServerPluginLandingPageDisabled(),
  ])
  await apollo.start()
  const server = limitDocumentText(
    limitDocumentPlanning(apollo, documents, budgets.planning),
    config.MAX_TOKENS,
  )

  const identity = createAuthenticator(config, log)
  const { identify } = identity
  const addressOf = createClientAddressResolver(config.TRUST_PROXY)
  const origins = config.CORS_ORIGINS ?? (production ? [] : ['*'])
  const allowOrigin = createCorsHandler(origins)
  const allowsOrigin = createOriginCheck(origins)
  const sockets = createWebSocketEndpoint({
    server,
    config,
    budgets,
    identify,
    addressOf,
    allowsOrigin,
    log,
  })
  const endpoint = {
    server,
    maxBodyBytes: config.MAX_BODY_BYTES,
    tryFastPath: (arrival: GraphqlHttpRequest<RouterContext>) =>
      respondFromCache(prepared.current(), arrival),
    intercept: (arrival: GraphqlHttpRequest<RouterContext>) => respondWithStream(server, arrival),
  }
  let phase: 'serving' | 'draining' = 'serving'

  /**
   * Counts a request until its response is closed.
   *
   * @returns undefined when the client has too many requests open: this one has got its response then
   */
  function openRequest(
    request: IncomingMessage,
    response: ServerResponse,
    headers: readonly string[],
  ): BudgetSlot | undefined {
    try {
      const slot = budgets.requests.acquire(addressOf(request))
      response.on('close', () => slot.release())
      return slot
    } catch (error) {
      sendRateLimitedResponse(response, headers, error)
      return undefined
    }
  }

  const graphql: Route = (request, response, search) => {
    const requestId = randomUUID()
    const headers = ['x-request-id', requestId]
    const answered = startRequestLog(log, requestId, request.method)
    const client = createAbortHandle()
    response.on('close', () => {
      const isSent = response.writableFinished
      if (!isSent) client.abort()
      answered(isSent ? response.statusCode : 'aborted')
    })
    if (allowOrigin(request, headers)) return void response.writeHead(204, headers).end()
    const slot = openRequest(request, response, headers)
    if (!slot) return
    const deadline = performance.now() + config.REQUEST_TIMEOUT_MS
    let context: RouterContext | undefined
    // Later calls share the identity, and a refusal too: it may have taken a while.
    let identified: ReturnType<typeof identify>
    const contextFor = (viewer: ViewerIdentity | undefined) => {
      slot.assignViewer(viewer)
      return (context = {
        requestId,
        viewer,
        viewerToken: viewer?.signViewerToken(),
        slot,
        signal: client.signal,
        deadline,
      })
    }
    const createContext = () => {
      // The same one for whoever asks again: it may say what has been executed.
      if (context) return context
      identified ??= identify(request.headers.authorization, slot.address)
      return identified instanceof Promise ? identified.then(contextFor) : contextFor(identified)
    }
    return handleGraphqlRequest(endpoint, { request, response, search, headers, createContext })
  }

  return {
    routes: {
      '/graphql': graphql,
      ...createHealthRoutes(() => phase === 'serving'),
      ...(introspection && {
        '/schema.graphql': (request, response) => {
          if (openRequest(request, response, [])) sendText(response, 200, schemaText.read())
        },
      }),
      ...(landingPage && { '/': frontPage(graphql, landingPage.readText) }),
    },
    upgrades: { '/graphql': sockets.upgrade },
    replaceSupergraph: async (next) => {
      await replaceSupergraph(next)
      subscriptions.endOutdated()
    },
    drain: () => {
      phase = 'draining'
    },
    endSubscriptions: () => {
      subscriptions.endAll()
      sockets.close()
    },
    close: async () => {
      await apollo.stop()
      await subscriptions.close()
      await identity.close()
      await transport.close()
    },
  }
}

function createServer(
  { config, log }: RouterOptions,
  gateway: Gateway,
  documentStore: ReturnType<typeof createDocumentStore>,
  plugins: ApolloServerPlugin<RouterContext>[],
): ApolloServer<RouterContext> {
  const production = config.NODE_ENV === 'production'
  const throttlingLog = createThrottlingLog<RouterContext>(
    createSecurityLog(log),
    ({ contextValue }) => contextValue.viewer,
  )
  return new ApolloServer<RouterContext>({
    gateway,
    introspection: config.INTROSPECTION ?? !production,
    nodeEnv: config.NODE_ENV,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: config.MAX_TOKENS },
    validationOptions: { maxErrors: 50, hideSuggestions: production },
    validationRules: [finiteNumbersRule, operationTypesRule, subscriptionRootRule],
    documentStore,
    formatError: createErrorFormatter({ hideNames: production }),
    stringifyResult,
    logger: log,
    plugins: [
      createContentNegotiationPlugin(),
      subscriptionRootPlugin,
      createLimitsPlugin(config),
      createErrorLogPlugin(log),
      throttlingLog,
      ...plugins,
    ],
  })
}

/** The landing page for a browser, text for anything else. */
function frontPage(page: Route, readText: () => string): Route {
  return (request, response, search) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendText(response, 404, 'Not found. The endpoint is /graphql.\n')
    if (!request.headers.accept?.includes('text/html')) return sendText(response, 200, readText())
    return page(request, response, search)
  }
}

/** A router that listens. */
export type RunningRouter = RunningServer & Pick<Router, 'replaceSupergraph'>

/** Serves a router over HTTP. `close` lets requests under way finish, up to 10 s, and closes the router. */
export async function serveRouter(dependencies: RouterOptions): Promise<RunningRouter> {
  const { config, log } = dependencies
  const router = await createRouter(dependencies)
  const { routes, upgrades } = router
  const http = await startHttpServer({ host: config.HOST, port: config.PORT, routes, upgrades, log })
  log.info({ url: http.url }, 'Listening')
  return {
    ...http,
    replaceSupergraph: router.replaceSupergraph,
    close: async () => {
      router.drain()
      // Whoever sends requests here sees first that it is not ready.
      await http.drain(config.DRAIN_MS)
      // They would not end by themselves.
      router.endSubscriptions()
      await http.close()
      await router.close()
    },
  }
}
