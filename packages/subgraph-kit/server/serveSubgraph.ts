import {
  ApolloServer,
  type ApolloServerPlugin,
  type BaseContext,
  type GraphQLRequestContext,
} from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
} from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'
import type { IncomingMessage } from 'node:http'
import { createCachePlugin } from '../cache/cachePlugin'
import { CachePolicy } from '../cache/cachePolicy'
import {
  createInvalidationStreams,
  invalidationPath,
  type CacheInvalidation,
} from '../cache/invalidationStream'
import { createErrorFormatter } from '../graphql/errorFormatter'
import { runStartStep } from '../mongo/database'
import {
  createHealthRoutes,
  receiveBody,
  sendJson,
  startHttpServer,
  type Readiness,
  type Route,
  type RunningServer,
} from '../../platform/http'
import type { Log } from '../../platform/log'
import { runInRequestScope } from '../../platform'
import { createSecurityLog, logThrottledErrors, type SecurityLog } from '../../auth'
import { heartbeatIntervalMs as defaultHeartbeat } from '../../sse'
import {
  createViewerSigner,
  createViewerVerifier,
  viewerHeader,
  type ViewerClaims,
  type ViewerVerifier,
} from '../../auth/tokens'
import type { SubscriptionStream } from '../subscriptions/startSubscription'
import { createSubscriptionServer, type SubscriptionServer } from '../subscriptions/subscriptionServer'
import type { SubgraphTelemetry } from '../telemetry/subgraphTelemetry'
import { createClientCookie, type ClientCookie } from './clientCookie'
import { executeHttpOperation, sendGraphqlResponse } from './apolloHttp'
import { createRequestTelemetry, type RequestTelemetry } from './requestTelemetry'

/** The caller of a subgraph. */
export interface SubgraphRequest extends ViewerClaims {
  /** The viewer header, to be passed on to a peer. */
  viewerToken: string
  /** The client's program, as it describes itself; only in mutations. */
  userAgent?: string | undefined
  /** Only in mutations of clients that can keep a cookie of this subgraph. */
  cookie?: ClientCookie | undefined
  /** Only in the context of a subscription's `subscribe`. */
  stream?: SubscriptionStream | undefined
  /** Narrows how long the response may be cached for all viewers. */
  cachePolicy: CachePolicy
}

/** A subgraph before it is served. */
export interface Subgraph<Context extends BaseContext> {
  name: string
  schema: GraphQLSchema
  /** Creates a context, with its own loaders and service, for each request and for each event of a subscription. */
  createContext(request: SubgraphRequest): Context
  /** Creates indexes, completes interrupted work after a crash, and starts background work. */
  prepare(): Promise<void>
  /** Returns whether it can serve requests, and the state of everything that it needs. */
  readReadiness(): Promise<Readiness>
  /** Routes besides GraphQL, without authentication. */
  routes?: Readonly<Record<string, Route>>
  /** Ends the endless responses of its routes; called when no more connections are accepted. */
  endStreams?(): void
  /** How its changes invalidate cached responses; undefined if nothing of it is cached. */
  cacheInvalidation?: CacheInvalidation
  /** Closes the resources that the subgraph itself has opened. */
  close(): Promise<void>
}

interface ServeOptions {
  host: string
  port: number
  /** The secret that the router signs viewer tokens with. */
  routerSecret: string
  /** Accepted as well while secrets rotate; nothing is signed with it. */
  previousRouterSecret?: string | undefined
  log: Log
  telemetry: SubgraphTelemetry
  /** How long it keeps serving, reporting not ready, before it closes; default 0. */
  drainMs?: number
  /** The interval of heartbeats in subscriptions; default 12,000. */
  heartbeatMs?: number
}

// The router sends up to 100 × 100 representations in one request.
const maxBodyBytes = 16 * 1024 * 1024

/**
 * Serves a subgraph over HTTP at `/graphql`, its subscriptions as server-sent events. Rejects requests without
 * a valid viewer token with 401, also `_service` and `_entities`; health endpoints and the subgraph's own
 * routes need none.
 *
 * @returns a server whose `close` drains it first, and then closes the subgraph
 */
export async function serveSubgraph<Context extends BaseContext>(
  subgraph: Subgraph<Context>,
  options: ServeOptions,
): Promise<RunningServer> {
  const { log, telemetry, drainMs = 0, heartbeatMs = defaultHeartbeat } = options
  const { schema } = subgraph
  const formatError = createErrorFormatter(subgraph.name, log)
  await runStartStep(() => subgraph.prepare())
  const { routerSecret, previousRouterSecret: previousSecret } = options
  const verify = createViewerVerifier(routerSecret, { previousSecret, log })
  const throttlingLog = createThrottlingLog<Context>(createSecurityLog(log), ({ request }) =>
    verify(request.http?.headers.get(viewerHeader)),
  )
  const requestTelemetry = createRequestTelemetry<Context>(telemetry, log)
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: true,
    csrfPrevention: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError,
    logger: log,
    plugins: [
      ApolloServerPluginInlineTraceDisabled(),
      // It would call a function before each field.
      ApolloServerPluginCacheControlDisabled(),
      throttlingLog,
      requestTelemetry.plugin,
      createCachePlugin<Context>(schema, subgraph.cacheInvalidation?.findInvalidatedTags),
    ],
  })
  await apollo.start()
  const subscriptions = createSubscriptionServer({
    schema,
    server: apollo,
    formatError,
    heartbeatMs,
    telemetry,
  })
  const sign = createViewerSigner(routerSecret)
  const graphql = createSignedRoute({
    server: apollo,
    subgraph,
    subscriptions,
    verify,
    sign,
    telemetry: requestTelemetry,
  })
  const invalidations =
    subgraph.cacheInvalidation &&
    createInvalidationStreams({
      ...subgraph.cacheInvalidation,
      topic: subgraph.name,
      verify,
      heartbeatMs,
    })
  let phase: 'serving' | 'draining' = 'serving'
  const http = await startHttpServer({
    ...options,
    metrics: telemetry.httpMetrics,
    routes: {
      '/graphql': graphql,
      ...(invalidations && { [invalidationPath]: invalidations.route }),
      ...createHealthRoutes(async () => {
        const { isReady, dependencies } = await subgraph.readReadiness()
        return { isReady: phase === 'serving' && isReady, dependencies }
      }),
      ...telemetry.metricsRoutes,
      ...subgraph.routes,
    },
  })
  log.info({ url: http.url }, 'Listening')
  return {
    ...http,
    close: async () => {
      phase = 'draining'
      await http.drain(drainMs)
      // Disconnected subscribers reconnect at once, and must not reach this process again.
      const closed = http.close()
      subscriptions.disconnectAll()
      invalidations?.disconnectAll()
      subgraph.endStreams?.()
      await closed
      await apollo.stop()
      await subgraph.close()
    },
  }
}

interface SignedRouteOptions<Context extends BaseContext> {
  server: ApolloServer<Context>
  subgraph: Subgraph<Context>
  subscriptions: SubscriptionServer<Context>
  verify: ViewerVerifier
  sign: ReturnType<typeof createViewerSigner>
  telemetry: RequestTelemetry<Context>
}

function createSignedRoute<Context extends BaseContext>({
  server,
  subgraph,
  subscriptions,
  verify,
  sign,
  telemetry,
}: SignedRouteOptions<Context>): Route {
  return (request, response, search) => {
    const header = request.headers[viewerHeader]
    const viewerToken = typeof header === 'string' ? header : ''
    const claims = verify(viewerToken)
    if (!claims) {
      const error = {
        message: 'Only the router may send requests to this service.',
        // Not a code for clients: the caller is not the router, and signing in again would not help.
        extensions: { code: 'UNTRUSTED_CALLER' },
      }
      return sendJson(response, 401, { errors: [error] })
    }
    // A subscription outlives the viewer token of its request.
    const createStreamContext = (stream?: SubscriptionStream) =>
      subgraph.createContext({
        ...claims,
        viewerToken: sign(claims),
        stream,
        cachePolicy: new CachePolicy(),
      })
    const record = telemetry.startRecord(request, claims.viewer)
    const createContext = () =>
      subgraph.createContext({
        ...claims,
        viewerToken,
        userAgent: request.headers['user-agent'],
        cookie: createClientCookie(request, response),
        cachePolicy: createCachePolicy(request),
      })
    async function handle(): Promise<void> {
      try {
        const received = await receiveBody(request, response, [], maxBodyBytes)
        if (!received) return
        const { method } = request
        const httpRequest = { request, response, method, search, body: received.body, createContext }
        if (await subscriptions.handle(httpRequest, createStreamContext, record)) return
        await sendGraphqlResponse(response, await executeHttpOperation(server, httpRequest, request.headers))
      } catch (error) {
        record.end(500)
        throw error
      } finally {
        record.end(response.statusCode)
      }
    }
    return runInRequestScope(request, response, handle, record)
  }
}

/** A response that its caller does not store needs no tags. */
function createCachePolicy({ headers }: IncomingMessage): CachePolicy {
  const policy = new CachePolicy()
  if (headers['cache-control'] === 'no-store') policy.forbid()
  return policy
}

/**
 * Creates a plugin of Apollo Server that logs throttled errors.
 *
 * @param getCaller returns the sender of a request; undefined when unknown
 */
function createThrottlingLog<Context extends BaseContext>(
  logSecurity: SecurityLog,
  getCaller: (request: GraphQLRequestContext<Context>) => ViewerClaims | undefined,
): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        didEncounterErrors: async (request) =>
          logThrottledErrors(logSecurity, request.errors, getCaller(request)),
      }
    },
  }
}
