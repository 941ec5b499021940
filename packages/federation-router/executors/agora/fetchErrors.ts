import { GraphQLError, type GraphQLFormattedError } from 'graphql'

import type { FetchNode, ResponsePath } from '../../planning/planner'
import { createSubgraphError } from '../../transport/subgraphErrors'
import type { JsonObject } from '../../../platform/json'
import { locateObjects, type ResultPath } from './resultPaths'
import type { FetchCoverage } from './errorCollector'
import { errorCollectorOf, type ExecutionState } from './executionState'
import { toClientPath } from './fetchCoverage'

/** What must be known of a fetch to say what its failures concern. */
export interface LocatedFetch {
  node: FetchNode
  path: ResponsePath
  source: FetchCoverage
}

/** The entities of one fetch. Those that look the same to the subgraph share a representation. */
export interface EntityBatch {
  targets: readonly JsonObject[]
  /** The index of each target's representation; -1 for one that has none. */
  slots: readonly number[]
  count: number
}

/** A fetch has brought nothing that can be used. */
export function reportFailedFetch(
  { node, source }: LocatedFetch,
  run: ExecutionState,
  error?: unknown,
): void {
  const failure =
    error instanceof GraphQLError ? error : createSubgraphError('SUBGRAPH_UNAVAILABLE', node.serviceName)
  errorCollectorOf(run).addFailedFetch(source, failure)
}

export function reportRootErrors(
  fetch: LocatedFetch,
  run: ExecutionState,
  errors: readonly GraphQLFormattedError[],
): void {
  const { node, path, source } = fetch
  const places = path.length === 0 ? [[]] : locateObjects(run.data, path).map((found) => found.path)
  for (const error of errors) {
    const marked = withService(error, node.serviceName)
    if (!error.path || error.path.length === 0) errorCollectorOf(run).addFailedFetch(source, marked)
    else for (const place of places) report(fetch, run, [...place, ...toClientPath(node, error.path)], marked)
  }
}

export function reportEntityErrors(
  fetch: LocatedFetch,
  run: ExecutionState,
  { targets, slots }: EntityBatch,
  errors: readonly GraphQLFormattedError[],
): void {
  const { node, path, source } = fetch
  const slotOf = new Map(targets.map((target, index) => [target, slots[index]]))
  const places = locateObjects(run.data, path)
  for (const error of errors) {
    const marked = withService(error, node.serviceName)
    const [, slot, ...rest] = error.path ?? []
    if (typeof slot !== 'number') {
      errorCollectorOf(run).addFailedFetch(source, marked)
      continue
    }
    // Every place that shows the entity lacks the field.
    const shown = places.filter(({ object }) => slotOf.get(object) === slot)
    for (const place of shown) report(fetch, run, [...place.path, ...toClientPath(node, rest)], marked)
    if (shown.length === 0) errorCollectorOf(run).addFailedFetch(source, marked)
  }
}

function report(
  { source }: LocatedFetch,
  run: ExecutionState,
  path: ResultPath,
  error: GraphQLFormattedError,
): void {
  errorCollectorOf(run).addSubgraphError(source, path, error)
}

/** The name is for the log, which has what the subgraph sent already; clients do not see it. */
function withService(error: GraphQLFormattedError, serviceName: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, serviceName } }
}
