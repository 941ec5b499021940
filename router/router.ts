import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { answerGraphql, type Arrival } from '../subgraphs/shared/graphqlRoute'
import {
  healthRoutes,
  sendText,
  startHttpServer,
  type Route,
  type RunningServer,
  type Upgrade,
} from '../subgraphs/shared/http'
import type { Log } from '../subgraphs/shared/log'
import { createSecurityLog } from '../subgraphs/shared/securityLog'
import { createThrottlingLog } from '../subgraphs/shared/throttlingLog'
import { startAnswer } from './accessLog'
import { createClientBudgets } from './budgets/budgets'
import type { Slot } from './budgets/concurrency'
import { admitDocuments } from './budgets/planning'
import { sendRateLimited } from './budgets/rateLimited'
import { createCancellation } from './cancellation'
import { createClientAddress } from './clientAddress'
import type { Config } from './config'
import type { RouterContext } from './context'
import { createCors, createOriginCheck } from './cors'
import { createDocumentStore } from './documentStore'
import { createErrorFormatter, createErrorLog } from './errors'
import { stringifyPrepared } from './execution/prepared'
import { createGateway } from './gateway'
import { createHttpStatus } from './httpStatus'
import { createIdentity, type Identified } from './identity/identity'
import { createLandingPage } from './landingPage/landingPage'
import { createLimits } from './limits/limits'
import { answerPrepared, createPreparedStore } from './prepared'
import type { Gateway } from './reload'
import { createSchemaText } from './schemaText'
import { answerStreaming } from './subscriptions/http'
import { createSockets } from './subscriptions/sockets'
import { createSubscriptionStore } from './subscriptions/store'
import { createSettings } from './transport/settings'
import { createTransport } from './transport/transport'
import { guardDocuments } from './validation/documentText'
import { finiteNumbersRule } from './validation/finiteNumbers'
import { operationTypesRule } from './validation/operationTypes'
import { rootConditions, rootConditionsRule } from './validation/rootConditions'

export interface RouterDependencies {
  config: Config
  /** The supergraph's SDL. */
  supergraph: string
  /** Addresses of subgraphs that differ from the supergraph's, by the name of their variable (`POSTS_URL`). */
  urls: ReadonlyMap<string, string>
  /** Settings of single subgraphs, by the name of their variable (`POSTS_QUERY_TIMEOUT_MS`). */
  special?: ReadonlyMap<string, string>
  log: Log
}

/** The router as a value: nothing listens yet. */
export interface Router {
  routes: Readonly<Record<string, Route>>
  /** What answers requests for a WebSocket, by path. */
  upgrades: Readonly<Record<string, Upgrade>>
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
export async function createRouter(dependencies: RouterDependencies): Promise<Router> {
  const { config, supergraph, urls, log, special = new Map<string, string>() } = dependencies
  const production = config.NODE_ENV === 'production'
  const introspection = config.INTROSPECTION ?? !production
  const schemaText = createSchemaText()
  const landingPage = production ? undefined : createLandingPage(config)
  const transport = createTransport({ settings: createSettings(config, special), log })
  const prepared = createPreparedStore(config)
  const budgets = createClientBudgets(config, log)
  const subscriptions = createSubscriptionStore({
    config,
    budget: budgets.subscriptions,
    hideNames: production,
    log,
  })
  const { gateway, replace } = createGateway({
    executor: config.ROUTER_EXECUTOR,
    supergraph,
    urls,
    transport,
    prepared,
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
  const server = guardDocuments(admitDocuments(apollo, documents, budgets.planning), config.MAX_TOKENS)

  const identity = createIdentity(config, log)
  const { identify } = identity
  const addressOf = createClientAddress(config.TRUST_PROXY)
  const origins = config.CORS_ORIGINS ?? (production ? [] : ['*'])
  const allowOrigin = createCors(origins)
  const allowsOrigin = createOriginCheck(origins)
  const sockets = createSockets({
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
    bodyLimit: config.BODY_LIMIT,
    quick: (arrival: Arrival<RouterContext>) => answerPrepared(prepared.current(), arrival),
    shortcut: (arrival: Arrival<RouterContext>) => answerStreaming(server, arrival),
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
  ): Slot | undefined {
    try {
      const slot = budgets.requests.open(addressOf(request))
      response.on('close', () => slot.release())
      return slot
    } catch (error) {
      sendRateLimited(response, headers, error)
      return undefined
    }
  }

  const graphql: Route = (request, response, search) => {
    const requestId = randomUUID()
    const headers = ['x-request-id', requestId]
    const answered = startAnswer(log, requestId, request.method)
    const client = createCancellation()
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
    const contextFor = (viewer: Identified | undefined) => {
      slot.countFor(viewer)
      return (context = {
        requestId,
        viewer,
        viewerToken: viewer?.sign(),
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
    return answerGraphql(endpoint, { request, response, search, headers, createContext })
  }

  return {
    routes: {
      '/graphql': graphql,
      ...healthRoutes(() => phase === 'serving'),
      ...(introspection && {
        '/schema.graphql': (request, response) => {
          if (openRequest(request, response, [])) sendText(response, 200, schemaText.read())
        },
      }),
      ...(landingPage && { '/': frontPage(graphql, landingPage.readText) }),
    },
    upgrades: { '/graphql': sockets.upgrade },
    replaceSupergraph: async (next) => {
      await replace(next)
      subscriptions.endOlder()
    },
    drain: () => {
      phase = 'draining'
    },
    endSubscriptions: () => {
      subscriptions.end()
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
  { config, log }: RouterDependencies,
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
    validationRules: [finiteNumbersRule, operationTypesRule, rootConditionsRule],
    documentStore,
    formatError: createErrorFormatter({ hideNames: production }),
    stringifyResult: stringifyPrepared,
    logger: log,
    plugins: [
      createHttpStatus(),
      rootConditions,
      createLimits(config),
      createErrorLog(log),
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
export async function serveRouter(dependencies: RouterDependencies): Promise<RunningRouter> {
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
