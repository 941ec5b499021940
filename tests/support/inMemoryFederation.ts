import { composeServices } from '@apollo/composition'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { execute, getOperationAST, parse, validate, type GraphQLSchema } from 'graphql'

import type { CompiledOperation } from '../../packages/federation-router/executors/agora/compiledOperation'
import {
  createAgoraExecutor,
  createOperationCompiler,
} from '../../packages/federation-router/executors/agora/executor'
import { decodeSerializedData } from '../../packages/federation-router/executors/serializedData'
import type { Executor, ExecutionOutcome } from '../../packages/federation-router/executors/executor'
import { loadApolloExecutor } from '../../packages/federation-router/executors/apollo/executor'
import { createPlanner, type Planner } from '../../packages/federation-router/planning/planner'
import type { FetchContext } from '../../packages/federation-router/transport/fetchContext'
import { toPublicSubgraphError } from '../../packages/federation-router/transport/subgraphErrors'
import type {
  TransportResponse,
  TransportRequest,
} from '../../packages/federation-router/transport/transport'
import {
  InvalidDocumentError,
  parseValidDocument,
} from '../../packages/federation-router/validation/validDocument'
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
  const compileOperation = createOperationCompiler({ planner, fastPathAfter: 0 })
  const send = sendTo(answer)

  function compile(query: string): CompiledOperation {
    const document = parse(query)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('No operation')
    return compileOperation(document, operation)
  }

  return {
    seen,
    tamper,
    async ask(query: string, variables: Record<string, unknown> = {}): Promise<ExecutorResponse> {
      return withPath(await compile(query).execute({ variables, context: contextValue, send }))
    },
    /** Answers an event of a subscription, as the subgraph that has its events sends it. */
    async answerEvent(query: string, event: Record<string, unknown>): Promise<ExecutorResponse> {
      return withPath(
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

  const agora = createAgoraExecutor({
    planner: createPlanner(supergraphSdl),
    fastPathAfter: 0,
    transport: { send: sendTo(answer) },
  })
  const apollo = await loadApolloExecutor({
    supergraph: supergraphSdl,
    resolveSubgraphUrl: () => '',
    transport: { setSubgraphUrls() {}, send: sendTo(answer), close: async () => {} },
    log: createLog('router', 'silent'),
  })
  return {
    executeOnAgora: executeOn(agora),
    executeOnApollo: executeOn(apollo),
    takeReceivedRequests: seen,
    tamperWith: tamper,
    supergraphSdl,
    close: async () => {},
  }
}

function executeOn(executor: Executor): InMemoryFederation['executeOnAgora'] {
  const settings = { maxTokens: 10_000, introspection: true, hideNames: false }
  return async (query, variables = {}, operationName) => {
    try {
      const document = parseValidDocument(query, executor.schema, settings)
      const operation = getOperationAST(document, operationName)
      if (!operation) throw new Error('The document has no such operation.')
      const { checkVariables, execute } = executor.plan({ source: query, document, operation })
      const errors = checkVariables(variables)
      return toJson(errors ? { errors } : toResponse(await execute(variables, contextValue)))
    } catch (error) {
      return toJson({ errors: error instanceof InvalidDocumentError ? error.errors : [error] })
    }
  }
}

const toJson = (response: object) => JSON.parse(JSON.stringify(response)) as ExecutorResponse

/** Adds whether the fast path has executed the operation. */
function withPath(result: ExecutionOutcome): ExecutorResponse {
  return { ...toResponse(result), ...(result.texts && { isFast: true }) }
}

function toResponse(result: ExecutionOutcome): ExecutorResponse {
  if (result.texts) return { data: JSON.parse(decodeSerializedData(result)) as unknown }
  return result.errors.length > 0 ? result : { data: result.data }
}

const contextValue: FetchContext = {
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
