import { composeServices } from '@apollo/composition'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { execute, parse, validate, type GraphQLError } from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/http'
import { useServer } from 'graphql-ws/use/ws'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { WebSocketServer } from 'ws'

import { readBody, sendJson, startHttpServer, sendText } from '../../../packages/platform/http/server'
import { subgraphUrlVariable } from '../../../packages/platform'
import { createLog } from '../../../packages/platform/log'
import { startRouter, type TestRouter } from './testRouter'

/** A subgraph of another team. */
export interface ForeignSubgraph {
  typeDefs: string
  resolvers?: GraphQLResolverMap<unknown>
  /** Returns the text of a response, instead of the resolvers. */
  respond?: (request: ForeignRequest) => string
}

export type ForeignSubgraphs = Readonly<Record<string, ForeignSubgraph>>

/** A request that a subgraph received. */
export interface ForeignRequest {
  service: string
  query: string
  /** The body as it was received; that of a subscription is not recorded. */
  text: string
  headers: IncomingHttpHeaders
}

/** A router before subgraphs of other teams. */
export interface ForeignFederation {
  router: TestRouter
  supergraph: string
  /** The requests since the last call. */
  takeRequests(): ForeignRequest[]
  /** Terminates the WebSockets of all subgraphs. */
  disconnectSockets(): void
  close(): Promise<void>
}

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@composeDirective", "@cost",
  "@external", "@interfaceObject", "@key", "@listSize", "@override", "@policy", "@provides", "@requires", "@requiresScopes", "@shareable"])`

/** Composes subgraphs with @apollo/composition. */
export function composeForeign(subgraphs: ForeignSubgraphs): string {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(subgraphs).map(([name, { typeDefs }]) => ({
      name,
      url: `http://${name}.invalid`,
      typeDefs: parse(`${link}\n${typeDefs}`),
    })),
  )
  if (!supergraphSdl) throw new Error(`The subgraphs do not compose: ${String(errors)}`)
  return supergraphSdl
}

/** Starts subgraphs, over HTTP and server-sent events, and a router. */
export async function startForeignFederation(
  subgraphs: ForeignSubgraphs,
  environment: Record<string, string> = {},
  supergraph = composeForeign(subgraphs),
): Promise<ForeignFederation> {
  let received: ForeignRequest[] = []
  const servers = await Promise.all(
    Object.entries(subgraphs).map(async ([name, subgraph]) => ({
      name,
      ...(await startForeignSubgraph(name, subgraph, (request) => received.push(request))),
    })),
  )
  const urls = new Map(servers.map(({ name, url }) => [subgraphUrlVariable(name), `${url}/graphql`]))
  const router = await startRouter(environment, urls, supergraph)
  return {
    router,
    supergraph,
    takeRequests() {
      const taken = received
      received = []
      return taken
    },
    disconnectSockets() {
      for (const server of servers) server.disconnectSockets()
    },
    async close() {
      await router.close()
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

async function startForeignSubgraph(
  service: string,
  { typeDefs, resolvers = {}, respond }: ForeignSubgraph,
  onRequest: (request: ForeignRequest) => void,
) {
  const schema = buildSubgraphSchema({ typeDefs: parse(`${link}\n${typeDefs}`), resolvers })
  const sse = createHandler({ schema })
  const sockets = new WebSocketServer({ noServer: true })
  useServer(
    {
      schema,
      onSubscribe({ connectionParams, extra }, _id, payload) {
        const text = JSON.stringify({ ...payload, connectionParams })
        onRequest({ service, query: payload.query, text, headers: extra.request.headers })
      },
    },
    sockets,
  )
  const open = new Set<ServerResponse>()
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    open.add(response)
    response.once('close', () => open.delete(response))
    if (request.headers.accept === 'text/event-stream') {
      onRequest({ service, query: '', text: '', headers: request.headers })
      return sse(request, response)
    }
    const text = await readBody(request, 1e7)
    const { query, variables } = JSON.parse(text) as { query: string; variables?: Record<string, unknown> }
    const each = { service, query, text, headers: request.headers }
    onRequest(each)
    if (respond) {
      response.setHeader('content-type', 'application/json')
      return sendText(response, 200, respond(each))
    }
    const errors = validate(schema, parse(query))
    // The codes of @apollo/server.
    const withCode = (code: string) => (error: GraphQLError) => ({ ...error.toJSON(), extensions: { code } })
    if (errors.length > 0)
      return sendJson(response, 400, { errors: errors.map(withCode('GRAPHQL_VALIDATION_FAILED')) })
    const result = await execute({ schema, document: parse(query), variableValues: variables })
    const isInvalid = result.data === undefined
    sendJson(response, 200, isInvalid ? { errors: result.errors?.map(withCode('BAD_USER_INPUT')) } : result)
  }
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: createLog(service, 'silent'),
    routes: { '/graphql': handle },
    upgrades: {
      '/graphql': (_request, stream) => stream.destroy(),
      '/ws': (request, stream, head) =>
        sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket, request)),
    },
  })
  return {
    url: server.url,
    disconnectSockets() {
      for (const socket of sockets.clients) socket.terminate()
    },
    async close() {
      for (const response of open) response.destroy()
      for (const socket of sockets.clients) socket.terminate()
      await server.close()
    },
  }
}
