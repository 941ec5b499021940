import type { RouterContext } from '../context'
import type { Transport } from '../transport/transport'
import type { JsonObject } from './json'
import type { KeyTree } from './keyTree'
import { Problems, type Source } from './problems'

/** The one way to subgraphs that execution needs. */
export type Send = Transport['send']

/** One execution of an operation. */
export interface Run {
  /** What the subgraphs have given so far, in the shape of the answer. */
  data: JsonObject
  readonly variables: JsonObject
  readonly context: RouterContext
  readonly send: Send
  readonly operation: KeyTree
  /** The client's own keys, by those in their place. */
  readonly clientKeys: ReadonlyMap<string, string>
  /** Undefined as long as nothing has gone wrong. */
  problems: Problems | undefined
  /** Fetches for which some entity was left out, since something of it was missing. */
  leftOut: Source[] | undefined
  /** Entities that a subgraph knew nothing of, and reported no error. */
  gone: Set<JsonObject> | undefined
  /** The root fetches of a mutation so far. */
  readonly happened: Source[]
  /** Whether some root field of a mutation has made `data` null. */
  isLost: boolean
}

export const noneGone: ReadonlySet<JsonObject> = new Set()

/** A part of a plan. It never rejects: what goes wrong is noted in the run. Undefined when there was nothing to wait for. */
export type Step = (run: Run) => Promise<void> | undefined

export function problemsOf(run: Run): Problems {
  run.problems ??= new Problems(run.operation, run.clientKeys)
  return run.problems
}
