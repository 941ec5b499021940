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
} from '../../packages/federation-router/transport/transportRequest'
import {
  InvalidDocumentError,
  parseValidDocument,
} from '../../packages/federation-router/validation/validDocument'
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
interface ReceivedRequest {
  service: string
  query: string
  variables: Record<string, unknown>
}

export type InMemorySubgraphs = Readonly<Record<string, InMemorySubgraph>>

interface ExecutorResponse {
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
}

/** Changes a response, or throws. */
type Tamper = (service: string, response: TransportResponse, request: ReceivedRequest) => TransportResponse

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
  createPlannerFor: (supergraphSdl: string) => Planner = createPlanner,
) {
  const { send, takeReceivedRequests, tamperWith } = serve(subgraphs)
  const compileOperation = createOperationCompiler({
    planner: createPlannerFor(composeSupergraph(subgraphs)),
    fastPathAfter: 0,
  })

  function compile(query: string): CompiledOperation {
    const document = parse(query)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('The document does not have exactly one operation.')
    return compileOperation(document, operation)
  }

  const withPath = (outcome: ExecutionOutcome): ExecutorResponse => ({
    ...toResponse(outcome),
    ...(outcome.texts && { isFast: true }),
  })

  return {
    takeReceivedRequests,
    tamperWith,
    async execute(query: string, variables: Record<string, unknown> = {}): Promise<ExecutorResponse> {
      return withPath(await compile(query).execute({ variables, context: contextValue, send }))
    },
    /** Executes the rest of a subscription's plan on an event of its primary subgraph. */
    async executeEvent(query: string, event: Record<string, unknown>): Promise<ExecutorResponse> {
      const input = { variables: {}, context: contextValue, send }
      return withPath(await compile(query).executeEvent({ data: event }, input))
    },
  }
}

/** Starts both executors with the same subgraphs. */
export async function startFederation(subgraphs: InMemorySubgraphs): Promise<InMemoryFederation> {
  const supergraphSdl = composeSupergraph(subgraphs)
  const { send, takeReceivedRequests, tamperWith } = serve(subgraphs)
  const transport = { setSubgraphUrls() {}, send, readSubgraphs: () => [], close: async () => {} }
  const planner = createPlanner(supergraphSdl)
  const agora = createAgoraExecutor({ planner, fastPathAfter: 0, transport })
  const apollo = await loadApolloExecutor({
    supergraph: supergraphSdl,
    resolveSubgraphUrl: () => '',
    transport,
    log: createLog('router', 'silent'),
  })
  return {
    executeOnAgora: executeOn(agora),
    executeOnApollo: executeOn(apollo),
    takeReceivedRequests,
    tamperWith,
    supergraphSdl,
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
