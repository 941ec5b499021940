import type { DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql'

import type { JsonObject } from '../../platform/json'
import type { FetchContext } from '../transport/fetchContext'
import type { TransportResponse } from '../transport/transport'
import type { SerializedData } from './agora/serializedData'

/** An operation that is valid and within the limits. */
export interface ValidOperation {
  /** The text of the document. */
  source: string
  document: DocumentNode
  operation: OperationDefinitionNode
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
  checkVariables(variables: JsonObject): readonly GraphQLError[] | undefined
  /** Executes a query or mutation with valid variables. */
  execute(variables: JsonObject, context: Context): Promise<OperationResult>
  /** Where a subscription has its events from; undefined for any other operation. */
  subscription?: SubscriptionSource | undefined
}

/** The subgraph that publishes the events of a subscription, and the execution that completes each of them. */
export interface SubscriptionSource {
  /** The name of the subgraph. */
  service: string
  /** Returns the body of the request to the subgraph. */
  writeBody(variables: JsonObject): string
  /** Returns the response for an event of the subgraph, whose data it changes. */
  executeEvent(
    event: TransportResponse,
    variables: JsonObject,
    context: FetchContext,
  ): Promise<OperationResult>
}

/** The result of an operation: `data` as JSON text, or data and errors. */
export type OperationResult =
  | SerializedData
  | { texts?: undefined; data?: JsonObject | null | undefined; errors: readonly GraphQLError[] }

/** Charges planning time to the client of a request. */
export interface PlanningMeter<Context> {
  /** Runs synchronous work and charges its time. @throws RATE_LIMITED, before the work, when none is left */
  runCharged<Result>(context: Context, work: () => Result): Result
  /** Charges time that was spent, in milliseconds. */
  charge(context: Context, milliseconds: number): void
}
