import { ApolloServer, type BaseContext } from '@apollo/server'
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'

import type { SubgraphName } from '../../platform/config/subgraphs'
import { createErrorFormatter } from '../graphql/errorFormatter'
import { executeHttpOperation, sendGraphqlResponse } from '../../platform/http/graphqlRoute'
import { receiveBody } from '../../platform/http/jsonBody'
import {
  healthRoutes,
  sendJson,
  startHttpServer,
  type Route,
  type RunningServer,
} from '../../platform/http/server'
import type { Log } from '../../platform/log'
import { runInRequestScope } from '../../platform/request/requestScope'
import { createSecurityLog } from '../../auth/securityLog'
import { heartbeatIntervalMs as defaultHeartbeat } from '../../sse/writer'
import { createThrottlingLog } from '../../auth/throttlingLog'
import {
  createViewerSigner,
  createViewerVerifier,
  viewerHeader,
  type ViewerClaims,
  type ViewerVerifier,
} from '../../auth/viewerToken'
import type { SubscriptionStream } from '../subscriptions/startSubscription'
import { createSubscriptionServer, type SubscriptionServer } from '../subscriptions/subscriptionServer'

/** What a request to a subgraph says of itself. */
export interface SubgraphRequest extends ViewerClaims {
  /** The viewer header as it came, to be sent on to another subgraph. */
  viewerToken: string
  /** For the context of a subscription's `subscribe` alone. */
  stream?: SubscriptionStream | undefined
}

/** A subgraph as a value: nothing listens yet. */
export interface Subgraph<Context extends BaseContext> {
  name: SubgraphName
  schema: GraphQLSchema
  /** Made anew for each request, and for each event of a subscription, with loaders and a service of its own. */
  createContext(request: SubgraphRequest): Context
  /** Makes the database ready: indexes, and what a crash has left half done. */
  prepare(): Promise<void>
  isReady(): Promise<boolean>
  /** Paths that it answers beside GraphQL, open to everyone. */
  routes?: Readonly<Record<string, Route>>
  /** Ends the responses of its routes that do not end by themselves; called when no more connections are accepted. */
  endStreams?(): void
  /** Closes what the subgraph itself has opened. */
  close(): Promise<void>
}

export interface ServeOptions {
  host: string
  port: number
  /** Under which the router signs who is asking. */
  routerSecret: string
  /** A second secret that is accepted, while secrets rotate; nothing is signed under it. */
  previousRouterSecret?: string | undefined
  log: Log
  /** How long it keeps serving, not ready any more, before it closes; default 0. */
  drainMilliseconds?: number
  /** How often a subscription says that it lives; 12 s unless told. */
  heartbeatMilliseconds?: number
}

// The router sends up to 100 × 100 representations in one request.
const bodyLimit = 16 * 1024 * 1024

/**
 * Serves a subgraph over HTTP at `/graphql`, its subscriptions as server-sent events. Whatever does not carry a viewer token of the router's is refused
 * with 401, `_service` and `_entities` included; health endpoints and the subgraph's own routes are open.
 *
 * @returns a server whose `close` drains it first, and closes the subgraph too
 */
export async function serveSubgraph<Context extends BaseContext>(
  subgraph: Subgraph<Context>,
  options: ServeOptions,
): Promise<RunningServer> {
  const { log, drainMilliseconds = 0, heartbeatMilliseconds = defaultHeartbeat } = options
  const { schema } = subgraph
  const format = createErrorFormatter(subgraph.name, log)
  await subgraph.prepare()
  const { routerSecret, previousRouterSecret: previousSecret } = options
  const verify = createViewerVerifier(routerSecret, { previousSecret, log })
  const throttlingLog = createThrottlingLog<Context>(createSecurityLog(log), ({ request }) =>
    verify(request.http?.headers.get(viewerHeader)),
  )
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: true,
    csrfPrevention: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: format,
    logger: log,
    plugins: [ApolloServerPluginInlineTraceDisabled(), throttlingLog],
  })
  await apollo.start()
  const subscriptions = createSubscriptionServer({
    schema,
    server: apollo,
    formatError: format,
    heartbeatMs: heartbeatMilliseconds,
  })
  const sign = createViewerSigner(routerSecret)
  const graphql = createSignedRoute({ server: apollo, subgraph, subscriptions, verify, sign })
  let phase: 'serving' | 'draining' = 'serving'
  const http = await startHttpServer({
    ...options,
    routes: {
      '/graphql': graphql,
      ...healthRoutes(() => phase === 'serving' && subgraph.isReady()),
      ...subgraph.routes,
    },
  })
  log.info({ url: http.url }, 'Listening')
  return {
    ...http,
    close: async () => {
      phase = 'draining'
      await http.drain(drainMilliseconds)
      // In this order: whoever is cut off comes back, and must find another process.
      const closed = http.close()
      subscriptions.disconnectAll()
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
}

function createSignedRoute<Context extends BaseContext>({
  server,
  subgraph,
  subscriptions,
  verify,
  sign,
}: SignedRouteOptions<Context>): Route {
  return (request, response, search) => {
    const header = request.headers[viewerHeader]
    const viewerToken = typeof header === 'string' ? header : ''
    const claims = verify(viewerToken)
    if (!claims) {
      const error = {
        message: 'Only the router may ask this service.',
        // Not a code for clients: the caller is not the router, and a new session of the viewer would not help.
        extensions: { code: 'UNTRUSTED_CALLER' },
      }
      return sendJson(response, 401, { errors: [error] })
    }
    // A stream outlives the token that it came with.
    const createStreamContext = (stream?: SubscriptionStream) =>
      subgraph.createContext({ ...claims, viewerToken: sign(claims), stream })
    const createContext = () => subgraph.createContext({ ...claims, viewerToken })
    return runInRequestScope(request, response, async () => {
      const received = await receiveBody(request, response, [], bodyLimit)
      if (!received) return
      const { method } = request
      const arrival = { request, response, method, search, body: received.body, createContext }
      if (await subscriptions.handle(arrival, createStreamContext)) return
      await sendGraphqlResponse(response, await executeHttpOperation(server, arrival, request.headers))
    })
  }
}
