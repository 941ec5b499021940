import type { JsonObject } from '../../../platform'
import type { ExecutionInput } from '../executor'
import { ErrorCollector, type FetchCoverage } from './errorCollector'
import type { ResponseKeyTree } from './responseKeyTree'

/** The state of one execution. */
export interface ExecutionState extends ExecutionInput {
  /** The data that subgraphs have returned so far, in the shape of the response. */
  data: JsonObject
  readonly responseKeys: ResponseKeyTree
  /** Maps response keys of the document to those of the client, where they differ. */
  readonly clientKeys: ReadonlyMap<string, string>
  /** Undefined until an error occurs. */
  errorCollector: ErrorCollector | undefined
  /** Fetches that were not sent for some entity, because a field that they require is missing. */
  readonly skippedFetches: FetchCoverage[]
  /** Entities that their subgraph returned as null, without an error. */
  readonly missingEntities: Set<JsonObject>
  /** The root fetches of a mutation that were sent. */
  readonly completedFetches: FetchCoverage[]
  /** Whether a root field of a mutation has made `data` null. */
  dataIsNull: boolean
}

/** A part of a plan. Never rejects: errors are collected in the state. Returns undefined when it does not wait for anything. */
export type PlanStep = (state: ExecutionState) => Promise<void> | undefined

export function createExecutionState(
  { variables, context, send }: ExecutionInput,
  responseKeys: ResponseKeyTree,
  clientKeys: ReadonlyMap<string, string>,
): ExecutionState {
  return {
    data: {},
    variables,
    context,
    send,
    responseKeys,
    clientKeys,
    errorCollector: undefined,
    skippedFetches: [],
    missingEntities: new Set(),
    completedFetches: [],
    dataIsNull: false,
  }
}

export function getErrorCollector(state: ExecutionState): ErrorCollector {
  state.errorCollector ??= new ErrorCollector(state.responseKeys, state.clientKeys)
  return state.errorCollector
}
