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

/** A subgraph of a test: a schema and what answers it, in memory. */
export interface InMemorySubgraph {
  typeDefs: string
  resolvers?: GraphQLResolverMap<unknown>
}

/** A request as a subgraph saw it. */
export interface ReceivedRequest {
  service: string
  query: string
  variables: Record<string, unknown>
}

export interface ExecutorResponse {
  // The shape of `data` is the test's business: it asserts on it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data?: any
  errors?: readonly {
    message: string
    path?: readonly (string | number)[]
    extensions?: Record<string, unknown>
  }[]
  extensions?: unknown
  /** Whether the fast path has answered. Known of the router's executor alone. */
  isFast?: boolean
}

export interface InMemoryFederation {
  /** By the router's executor. */
  executeOnAgora(
    query: string,
    variables?: Record<string, unknown>,
    operationName?: string,
  ): Promise<ExecutorResponse>
  /** By Apollo's. */
  executeOnApollo(
    query: string,
    variables?: Record<string, unknown>,
    operationName?: string,
  ): Promise<ExecutorResponse>
  /** What the subgraphs saw since the last call. */
  takeReceivedRequests(): ReceivedRequest[]
  /** From now on a subgraph's answers go through this first. */
  tamperWith(change: Tamper | undefined): void
  supergraphSdl: string
  close(): Promise<void>
}

/** Changes an answer, or throws. */
export type Tamper = (service: string, answer: TransportResponse, seen: ReceivedRequest) => TransportResponse

export function composeSupergraph(fragments: Readonly<Record<string, InMemorySubgraph>>): string {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(fragments).map(([name, { typeDefs }]) => ({
      name,
      url: `http://${name}.invalid`,
      typeDefs: parse(`${link}\n${typeDefs}`),
    })),
  )
  if (!supergraphSdl) throw new Error(`Does not compose: ${String(errors)}`)
  return supergraphSdl
}

/** The subgraphs, in memory, and what they see. */
function serve(fragments: Readonly<Record<string, InMemorySubgraph>>) {
  const schemas = new Map(
    Object.entries(fragments).map(([name, { typeDefs, resolvers = {} }]) => [
      name,
      buildSubgraphSchema({ typeDefs: parse(`${link}\n${typeDefs}`), resolvers }),
    ]),
  )
  let seen: ReceivedRequest[] = []
  let tamper: Tamper | undefined
  return {
    async answer(service: string, body: string): Promise<TransportResponse> {
      const request = JSON.parse(body) as { query: string; variables?: Record<string, unknown> }
      const each = { service, query: request.query, variables: request.variables ?? {} }
      seen.push(each)
      const schema = schemas.get(service)
      if (!schema) throw new Error(`No subgraph ${service}`)
      const result = await run(schema, each)
      return tamper ? tamper(service, result, each) : result
    },
    seen: () => {
      const last = seen
      seen = []
      return last
    },
    tamper: (change: Tamper | undefined) => {
      tamper = change
    },
  }
}

const sendTo =
  (answer: (service: string, body: string) => Promise<TransportResponse>) =>
  async (service: string, request: TransportRequest) =>
    deliverResponse(request, await answer(service, request.body.toString()))

/** The router's executor alone, for what Apollo's cannot do. */
export function startAgoraFederation(
  fragments: Readonly<Record<string, InMemorySubgraph>>,
  plannerOf: (supergraphSdl: string) => Planner = createPlanner,
) {
  const { answer, seen, tamper } = serve(fragments)
  const planner = plannerOf(composeSupergraph(fragments))
  const compiler = createOperationCompiler({ planner, fastPathAfter: 0 })
  const send = sendTo(answer)

  function compile(query: string): CompiledOperation {
    const document = parse(query)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('No operation')
    return compiler.compile(query, document, operation)
  }

  function toAnswer(outcome: ExecutionOutcome): ExecutorResponse {
    if (outcome.texts) return { data: JSON.parse(decodeSerializedData(outcome)) as unknown, isFast: true }
    return outcome.errors.length > 0 ? outcome : { data: outcome.data }
  }

  return {
    seen,
    tamper,
    async ask(query: string, variables: Record<string, unknown> = {}): Promise<ExecutorResponse> {
      return toAnswer(await compile(query).execute({ variables, context: contextValue, send }))
    },
    /** Answers an event of a subscription, as the subgraph that has its events sends it. */
    async answerEvent(query: string, event: Record<string, unknown>): Promise<ExecutorResponse> {
      return toAnswer(
        await compile(query).executeEvent({ data: event }, { variables: {}, context: contextValue, send }),
      )
    },
  }
}

/** Both executors in front of the same subgraphs. */
export async function startFederation(
  fragments: Readonly<Record<string, InMemorySubgraph>>,
): Promise<InMemoryFederation> {
  const supergraphSdl = composeSupergraph(fragments)
  const { answer, seen, tamper } = serve(fragments)

  const compiled = new ApolloServer<RouterContext>({
    gateway: createReloadableGateway(supergraphSdl, async () => {
      const planner = createPlanner(supergraphSdl)
      const executor = createAgoraExecutor({
        planner,
        fastPathAfter: 0,
        transport: { send: sendTo(answer) },
        isContext: isRouterContext,
      })
      return { apiSchema: planner.apiSchema, coreSupergraphSdl: supergraphSdl, executor }
    }).gateway,
    stringifyResult: stringifyResult,
    includeStacktraceInErrorResponses: false,
  })
  const stock = new ApolloServer<RouterContext>({
    gateway: createReloadableGateway(supergraphSdl, (supergraph, start) => {
      const transport = { setSubgraphUrls() {}, send: sendTo(answer), close: async () => {} }
      const log = createLog('router', 'silent')
      return loadApolloExecutor(
        { supergraph, subgraphUrls: new Map(), transport, log, isContext: isRouterContext },
        start,
      )
    }).gateway,
    includeStacktraceInErrorResponses: false,
  })
  const ask =
    (server: ApolloServer<RouterContext>) =>
    async (
      query: string,
      variables: Record<string, unknown> = {},
      operationName?: string,
    ): Promise<ExecutorResponse> => {
      const response = await server.executeOperation({ query, variables, operationName }, { contextValue })
      if (response.body.kind !== 'single') throw new Error('Not one answer')
      return JSON.parse(stringifyResult(response.body.singleResult)) as ExecutorResponse
    }
  return {
    executeOnAgora: ask(compiled),
    executeOnApollo: ask(stock),
    takeReceivedRequests: seen,
    tamperWith: tamper,
    supergraphSdl,
    close: async () => {
      await compiled.stop()
      await stock.stop()
    },
  }
}

const contextValue: RouterContext = {
  requestId: 'test',
  viewerToken: undefined,
  signal: new AbortController().signal,
  deadline: Infinity,
}

async function run(schema: GraphQLSchema, { query, variables }: ReceivedRequest): Promise<TransportResponse> {
  const document = parse(query)
  const problems = validate(schema, document)
  if (problems.length > 0) throw new Error(`Not valid: ${String(problems)}\n${query}`)
  const result = await execute({ schema, document, variableValues: variables })
  const answer = JSON.parse(JSON.stringify(result)) as {
    data?: Record<string, unknown> | null
    errors?: unknown[]
  }
  return {
    ...(answer.data !== undefined && { data: answer.data }),
    ...(answer.errors && { errors: answer.errors.map((error) => toPublicSubgraphError(error).error) }),
  }
}
