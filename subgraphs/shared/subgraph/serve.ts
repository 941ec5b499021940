import { ApolloServer, type BaseContext } from '@apollo/server'
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'

import type { SubgraphName } from '../../../schema/subgraphs'
import { createErrorFormatter } from '../graphqlErrors'
import { answerGraphql, type Arrival } from '../graphqlRoute'
import { healthRoutes, sendJson, startHttpServer, type Route, type RunningServer } from '../http'
import type { Log } from '../log'
import { answerInScope } from '../requestScope'
import { createSecurityLog } from '../securityLog'
import { heartbeatMilliseconds as defaultHeartbeat } from '../serverSentEvents'
import { createThrottlingLog } from '../throttlingLog'
import {
  createViewerSigner,
  createViewerVerifier,
  viewerHeader,
  type ViewerClaims,
  type ViewerVerifier,
} from '../viewerToken'
import type { StreamRequest } from './followSource'
import { createSubscriptions, type Subscriptions } from './subscriptions'

/** What a request to a subgraph says of itself. */
export interface SubgraphRequest extends ViewerClaims {
  /** The viewer header as it came, to be sent on to another subgraph. */
  viewerToken: string
  /** For the context of a subscription's `subscribe` alone. */
  stream?: StreamRequest | undefined
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
  const subscriptions = createSubscriptions({ schema, server: apollo, format, heartbeatMilliseconds })
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
      subscriptions.end()
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
  subscriptions: Subscriptions<Context>
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
    const createStreamContext = (stream?: StreamRequest) =>
      subgraph.createContext({ ...claims, viewerToken: sign(claims), stream })
    const shortcut = (arrival: Arrival<Context>) => subscriptions.answer(arrival, createStreamContext)
    const createContext = () => subgraph.createContext({ ...claims, viewerToken })
    const incoming = { request, response, search, headers: [], createContext }
    return answerInScope(request, response, () => answerGraphql({ server, bodyLimit, shortcut }, incoming))
  }
}
