import type { FetchContext } from '../../transport/fetchContext'
import type { Transport } from '../../transport/transport'
import type { JsonObject } from '../../../platform/json'
import type { ResponseKeyTree } from './responseKeyTree'
import { ErrorCollector, type FetchCoverage } from './errorCollector'

/** The one way to subgraphs that execution needs. */
export type SendFetch = Transport['send']

/** One execution of an operation. */
export interface ExecutionState {
  /** What the subgraphs have given so far, in the shape of the answer. */
  data: JsonObject
  readonly variables: JsonObject
  readonly context: FetchContext
  readonly send: SendFetch
  readonly responseKeys: ResponseKeyTree
  /** The client's own keys, by those in their place. */
  readonly clientKeys: ReadonlyMap<string, string>
  /** Undefined as long as nothing has gone wrong. */
  errorCollector: ErrorCollector | undefined
  /** Fetches for which some entity was left out, since something of it was missing. */
  skippedFetches: FetchCoverage[] | undefined
  /** Entities that a subgraph knew nothing of, and reported no error. */
  missingEntities: Set<JsonObject> | undefined
  /** The root fetches of a mutation so far. */
  readonly completedFetches: FetchCoverage[]
  /** Whether some root field of a mutation has made `data` null. */
  dataIsNull: boolean
}

export const noMissingEntities: ReadonlySet<JsonObject> = new Set()

/** A part of a plan. It never rejects: what goes wrong is noted in the run. Undefined when there was nothing to wait for. */
export type PlanStep = (run: ExecutionState) => Promise<void> | undefined

export function errorCollectorOf(run: ExecutionState): ErrorCollector {
  run.errorCollector ??= new ErrorCollector(run.responseKeys, run.clientKeys)
  return run.errorCollector
}
