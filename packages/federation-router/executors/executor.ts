import type { DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql'

import type { JsonObject } from '../../platform'
import type { QueryPlan } from '../planning/apolloPlanner'
import type { FetchContext } from '../transport/fetchContext'
import type { AllowsField } from '../planning/deniedFields'
import type { Transport } from '../transport/transport'
import type { TransportResponse } from '../transport/transportRequest'
import type { SerializedData } from './serializedData'
import type { CheckVariables } from './variables/variableValues'

export type SendFetch = Transport['send']

/** An operation that is valid and within the limits. */
export interface ValidOperation {
  /** The text of the document. */
  source: string
  document: DocumentNode
  operation: OperationDefinitionNode
  /** Which fields the viewer may read: the others are null, with an error. All, when undefined. */
  allowsField?: AllowsField | undefined
}

/** Executes the operations of one supergraph. */
export interface Executor<Context extends FetchContext = FetchContext> {
  /** The schema that clients see. */
  readonly schema: GraphQLSchema
  /**
   * Plans an operation, for any number of executions.
   *
   * @throws GraphQLError for an operation that the executor does not support
   */
  plan(operation: ValidOperation): PlannedOperation<Context>
}

/** An operation with its plan. */
export interface PlannedOperation<Context extends FetchContext = FetchContext> {
  /** Returns the errors of a client's variables; undefined when they are valid. */
  checkVariables: CheckVariables
  /** Returns the plan in one line, such as `posts -> (users + comments)`, for logs; undefined where there is none. */
  summarizePlan?: (() => string) | undefined
  /** Undefined where the executor does not know it. */
  plan?: QueryPlan | undefined
  /** Executes a query or mutation with valid variables. */
  execute(variables: JsonObject, context: Context): Promise<ExecutionOutcome>
  /** Delivers the deferred fragments of a query after its other fields; undefined for an operation without any. */
  deferred?: DeferredOperation<Context> | undefined
  /** The source of the events of a subscription; undefined for any other operation. */
  subscription?: SubscriptionSource | undefined
}

/** The subgraph that publishes the source events of a subscription, and the event mapper that completes each of them. */
export interface SubscriptionSource {
  /** The name of the subgraph. */
  service: string
  /** Returns the body of the request to the subgraph. */
  writeBody(variables: JsonObject): string
  /** Maps a source event to the result for clients. Changes the data of the event. */
  executeEvent(
    event: TransportResponse,
    variables: JsonObject,
    context: FetchContext,
  ): Promise<ExecutionOutcome>
}

/** The result of an operation: serialized data from the fast path, otherwise data and errors, if any. */
export type ExecutionOutcome =
  | SerializedData
  | { texts?: undefined; data?: JsonObject | null | undefined; errors: readonly GraphQLError[] }

/** A query with deferred fragments. */
export interface DeferredOperation<Context extends FetchContext = FetchContext> {
  plan: QueryPlan
  /** Executes the query with valid variables. */
  execute(variables: JsonObject, context: Context): Promise<DeferredOutcome>
}

/** The initial response to a query with deferred fragments. */
export interface DeferredOutcome {
  data: JsonObject | null
  errors: readonly GraphQLError[]
  pending: readonly PendingPart[]
  /** The rest, in the order of its arrival. Empty when nothing is pending. */
  batches: AsyncIterable<DeferredBatch>
}

/** A deferred fragment of one object of the response. */
export interface PendingPart {
  /** Unique within the response. */
  id: string
  /** The path of the object. */
  path: readonly (string | number)[]
  label: string | undefined
}

/** A deferred fragment that is delivered. `data` is null, with an error, where a null has propagated to the object. */
export interface CompletedPart extends PendingPart {
  data: JsonObject | null
  errors: readonly GraphQLError[]
}

/** Deferred fragments that are delivered at once, and those within them that are pending from then on. */
export interface DeferredBatch {
  completed: readonly CompletedPart[]
  pending: readonly PendingPart[]
  hasNext: boolean
}

/** The input of an execution whose fetches are sent with `send`. */
export interface ExecutionInput {
  variables: JsonObject
  context: FetchContext
  send: SendFetch
}

/** Charges clients for the time that planning their operations takes. */
export interface PlanningLimiter<Context> {
  /** Runs synchronous work and charges its time. @throws RATE_LIMITED, before the work, when no time is left */
  runCharged<Result>(context: Context, work: () => Result): Result
  /** Charges time that was spent. */
  charge(context: Context, milliseconds: number): void
}
