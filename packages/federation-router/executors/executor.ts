import { GraphQLError, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql'

import type { JsonObject } from '../../platform/json'
import type { Log } from '../../platform/log'
import type { GatewayLoadOptions, LoadedSupergraph } from '../supergraph/reloadableGateway'
import type { Transport, TransportResponse } from '../transport/transport'
import type { SerializedData } from './serializedData'
import type { CheckVariables } from './variables/variableValues'

/** Loads a supergraph. @throws StartupError for a supergraph that cannot be used */
export type LoadExecutor<Context extends FetchContext> = (
  options: ExecutorOptions<Context>,
  start: GatewayLoadOptions,
) => Promise<LoadedSupergraph>

export type SendFetch = Transport['send']

/** The part of a request's context that fetches need. */
export type FetchContext = Parameters<SendFetch>[2]

/** The requests that an executor gets from Apollo Server. */
export interface RequestOptions<Context extends FetchContext> {
  /** Returns whether a context of Apollo Server is that of the router. */
  isContext(context: object): context is Context
  /** Limits the time for planning new operations. */
  planning?: PlanningLimiter<Context>
}

export interface ExecutorOptions<Context extends FetchContext> extends RequestOptions<Context> {
  /** The SDL of the supergraph. */
  supergraph: string
  /** URLs that differ from those of the supergraph, by the names of their variables. */
  subgraphUrls: ReadonlyMap<string, string>
  transport: Transport
  log: Log
  /**
   * Is called when the supergraph has been loaded, with the URLs of its subgraphs by name. An executor that does not compile
   * operations does not call it.
   */
  createHandlers?(subgraphUrls: ReadonlyMap<string, string>): OperationHandlers<Context>
}

/** Charges clients for the time that planning their operations takes. */
export interface PlanningLimiter<Context> {
  /** Runs synchronous work and charges its time. @throws RATE_LIMITED when the client has no time left */
  runCharged<Result>(context: Context, work: () => Result): Result
  /** @throws RATE_LIMITED when the client has no time left */
  requireRemaining(context: Context): void
  charge(context: Context, milliseconds: number): void
}

/** Receives the operations that an executor has compiled. */
export interface OperationHandlers<Context extends FetchContext> {
  /** Receives each query and mutation before it is executed. */
  onCompiled?(operation: ValidatedOperation, compiled: CompiledOperation, send: SendFetch): void
  /** Starts a subscription. */
  subscribe?(subscription: CompiledSubscription, context: Context): void
}

/** An operation that is valid and within the limits. */
export interface ValidatedOperation {
  schema: GraphQLSchema
  /** The text of the document. */
  source: string
  document: DocumentNode
  operation: OperationDefinitionNode
  /** The name that the client has sent. */
  operationName: string | undefined
}

export interface CompiledSubscription {
  /** Identifies the operation with its variables: equal subscriptions have equal keys. */
  key: string
  compiled: CompiledOperation
  variables: JsonObject
  send: SendFetch
}

/** An operation with its plan, ready to be executed any number of times. */
export interface CompiledOperation {
  checkVariables: CheckVariables
  execute(input: ExecutionInput): Promise<ExecutionOutcome>
  /** The request for the events of a subscription; undefined for other operations. */
  primary: { service: string; writeBody(variables: JsonObject): string } | undefined
  /**
   * Executes the rest of a subscription's plan on an event of the primary subgraph. Its errors are treated like those of a
   * fetch. Changes the data of the event.
   */
  executeEvent(event: TransportResponse, input: ExecutionInput): Promise<ExecutionOutcome>
}

export interface ExecutionInput {
  variables: JsonObject
  context: FetchContext
  send: SendFetch
}

/** The result of an operation: serialized data from the fast path, otherwise data and errors, if any. */
export type ExecutionOutcome =
  SerializedData | { texts?: undefined; data: JsonObject | null; errors: readonly GraphQLError[] }

/** Creates the error for a subscription over a transport without events. */
export function createNoEventStreamError(): GraphQLError {
  return new GraphQLError(
    'A subscription needs a transport with events: a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream, or multipart/mixed with subscriptionSpec=1.0.',
    { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
  )
}
