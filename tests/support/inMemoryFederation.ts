import { composeServices } from '@apollo/composition'
import { ApolloServer } from '@apollo/server'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { execute, getOperationAST, parse, validate, type GraphQLSchema } from 'graphql'

import type { CompiledOperation, ExecutionOutcome } from '../../packages/federation-router/executors/executor'
import {
  createAgoraExecutor,
  createOperationCompiler,
} from '../../packages/federation-router/executors/agora/executor'
import {
  stringifyResult,
  decodeSerializedData,
} from '../../packages/federation-router/executors/serializedData'
import { loadApolloExecutor } from '../../packages/federation-router/executors/apollo/executor'
import { isRouterContext, type RouterContext } from '../../packages/federation-router/request/context'
import { createPlanner, type Planner } from '../../packages/federation-router/planning/planner'
import { createReloadableGateway } from '../../packages/federation-router/supergraph/reloadableGateway'
import { toPublicSubgraphError } from '../../packages/federation-router/transport/subgraphErrors'
import type {
  TransportResponse,
  TransportRequest,
} from '../../packages/federation-router/transport/transport'
import { createLog } from '../../packages/platform/log'
import { deliverResponse } from './federation-router/deliverResponse'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@provides",
  "@external", "@shareable", "@context", "@fromContext", "@override", "@inaccessible", "@interfaceObject", "@tag"])`

/** A subgraph in memory. */
export interface InMemorySubgraph {
  typeDefs: string
  resolvers?: GraphQLResolverMap<unknown>
}

/** A request that a subgraph received. */
export interface ReceivedRequest {
  service: string
  query: string
  variables: Record<string, unknown>
}

export type InMemorySubgraphs = Readonly<Record<string, InMemorySubgraph>>

export interface ExecutorResponse {
  // Tests assert on the shape of `data`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data?: any
  errors?: readonly {
    message: string
    path?: readonly (string | number)[]
    extensions?: Record<string, unknown>
  }[]
  extensions?: unknown
  /** Whether the response is from the fast path; only set by `startAgoraFederation`. */
  isFast?: boolean
}

export interface InMemoryFederation {
  /** Executes an operation with the router's executor. */
  executeOnAgora(
    query: string,
    variables?: Record<string, unknown>,
    operationName?: string,
  ): Promise<ExecutorResponse>
  /** Executes an operation with `@apollo/gateway`. */
  executeOnApollo(
    query: string,
    variables?: Record<string, unknown>,
    operationName?: string,
  ): Promise<ExecutorResponse>
  /** Returns the requests that the subgraphs have received since the last call. */
  takeReceivedRequests(): ReceivedRequest[]
  /** Changes the responses of subgraphs from now on. */
  tamperWith(tamper: Tamper | undefined): void
  supergraphSdl: string
  close(): Promise<void>
}

/** Changes a response, or throws. */
export type Tamper = (
  service: string,
  response: TransportResponse,
  request: ReceivedRequest,
) => TransportResponse

export function composeSupergraph(subgraphs: InMemorySubgraphs): string {
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

function serve(subgraphs: InMemorySubgraphs) {
  const schemas = new Map(
    Object.entries(subgraphs).map(([name, { typeDefs, resolvers = {} }]) => [
      name,
      buildSubgraphSchema({ typeDefs: parse(`${link}\n${typeDefs}`), resolvers }),
    ]),
  )
  let received: ReceivedRequest[] = []
  let tamper: Tamper | undefined
  return {
    async send(service: string, request: TransportRequest): Promise<TransportResponse> {
      const { query, variables = {} } = JSON.parse(request.body.toString()) as {
        query: string
        variables?: Record<string, unknown>
      }
      const each = { service, query, variables }
      received.push(each)
      const schema = schemas.get(service)
      if (!schema) throw new Error(`There is no subgraph ${service}.`)
      const response = await executeRequest(schema, each)
      return deliverResponse(request, tamper ? tamper(service, response, each) : response)
    },
    takeReceivedRequests() {
      const last = received
      received = []
      return last
    },
    tamperWith(change: Tamper | undefined) {
      tamper = change
    },
  }
}

/** Starts the router's executor alone, for features that `@apollo/gateway` lacks. */
export function startAgoraFederation(
  subgraphs: InMemorySubgraphs,
  plannerOf: (supergraphSdl: string) => Planner = createPlanner,
) {
  const { send, takeReceivedRequests, tamperWith } = serve(subgraphs)
  const compiler = createOperationCompiler({
    planner: plannerOf(composeSupergraph(subgraphs)),
    fastPathAfter: 0,
  })

  function compile(query: string): CompiledOperation {
    const document = parse(query)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('The document does not have exactly one operation.')
    return compiler.compile(query, document, operation)
  }

  function toResponse(outcome: ExecutionOutcome): ExecutorResponse {
    if (outcome.texts) return { data: JSON.parse(decodeSerializedData(outcome)) as unknown, isFast: true }
    return outcome.errors.length > 0 ? outcome : { data: outcome.data }
  }

  return {
    takeReceivedRequests,
    tamperWith,
    async execute(query: string, variables: Record<string, unknown> = {}): Promise<ExecutorResponse> {
      return toResponse(await compile(query).execute({ variables, context: contextValue, send }))
    },
    /** Executes the rest of a subscription's plan on an event of its primary subgraph. */
    async executeEvent(query: string, event: Record<string, unknown>): Promise<ExecutorResponse> {
      const input = { variables: {}, context: contextValue, send }
      return toResponse(await compile(query).executeEvent({ data: event }, input))
    },
  }
}

/** Starts both executors with the same subgraphs. */
export async function startFederation(subgraphs: InMemorySubgraphs): Promise<InMemoryFederation> {
  const supergraphSdl = composeSupergraph(subgraphs)
  const { send, takeReceivedRequests, tamperWith } = serve(subgraphs)

  const agora = new ApolloServer<RouterContext>({
    gateway: createReloadableGateway(supergraphSdl, async () => {
      const planner = createPlanner(supergraphSdl)
      const executor = createAgoraExecutor({
        planner,
        fastPathAfter: 0,
        transport: { send },
        isContext: isRouterContext,
      })
      return { apiSchema: planner.apiSchema, coreSupergraphSdl: supergraphSdl, executor }
    }).gateway,
    stringifyResult,
    includeStacktraceInErrorResponses: false,
  })
  const apollo = new ApolloServer<RouterContext>({
    gateway: createReloadableGateway(supergraphSdl, (supergraph, start) => {
      const transport = { setSubgraphUrls() {}, send, close: async () => {} }
      const log = createLog('router', 'silent')
      return loadApolloExecutor(
        { supergraph, subgraphUrls: new Map(), transport, log, isContext: isRouterContext },
        start,
      )
    }).gateway,
    includeStacktraceInErrorResponses: false,
  })
  const executeOn =
    (server: ApolloServer<RouterContext>) =>
    async (
      query: string,
      variables: Record<string, unknown> = {},
      operationName?: string,
    ): Promise<ExecutorResponse> => {
      const response = await server.executeOperation({ query, variables, operationName }, { contextValue })
      if (response.body.kind !== 'single') throw new Error('The response is incremental.')
      return JSON.parse(stringifyResult(response.body.singleResult)) as ExecutorResponse
    }
  return {
    executeOnAgora: executeOn(agora),
    executeOnApollo: executeOn(apollo),
    takeReceivedRequests,
    tamperWith,
    supergraphSdl,
    close: async () => {
      await agora.stop()
      await apollo.stop()
    },
  }
}

const contextValue: RouterContext = {
  requestId: 'test',
  viewerToken: undefined,
  signal: new AbortController().signal,
  deadline: Infinity,
}

async function executeRequest(
  schema: GraphQLSchema,
  { query, variables }: ReceivedRequest,
): Promise<TransportResponse> {
  const document = parse(query)
  const errors = validate(schema, document)
  if (errors.length > 0) throw new Error(`The fetch is invalid: ${String(errors)}\n${query}`)
  const result = await execute({ schema, document, variableValues: variables })
  const copy = JSON.parse(JSON.stringify(result)) as {
    data?: Record<string, unknown> | null
    errors?: unknown[]
  }
  return {
    ...(copy.data !== undefined && { data: copy.data }),
    ...(copy.errors && { errors: copy.errors.map((error) => toPublicSubgraphError(error).error) }),
  }
}
