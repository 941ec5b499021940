import { GraphQLError, type GraphQLFormattedError } from 'graphql'

import type { FetchNode, ResponsePath } from '../planning/planner'
import { subgraphFailure } from '../subgraphErrors'
import type { JsonObject } from './json'
import { locate, type Path } from './paths'
import type { Source } from './problems'
import { problemsOf, type Run } from './run'
import { clientPath } from './source'

/** What must be known of a fetch to say what its failures concern. */
export interface FailingFetch {
  node: FetchNode
  path: ResponsePath
  source: Source
}

/** The entities of one fetch. Those that look the same to the subgraph share a representation. */
export interface Entities {
  targets: readonly JsonObject[]
  /** The index of each target's representation; -1 for one that has none. */
  slots: readonly number[]
  count: number
}

/** A fetch has brought nothing that can be used. */
export function fail({ node, source }: FailingFetch, run: Run, error?: unknown): void {
  const failure =
    error instanceof GraphQLError ? error : subgraphFailure('SUBGRAPH_UNAVAILABLE', node.serviceName)
  problemsOf(run).fail(source, failure)
}

export function reportRootErrors(
  fetch: FailingFetch,
  run: Run,
  errors: readonly GraphQLFormattedError[],
): void {
  const { node, path, source } = fetch
  const places = path.length === 0 ? [[]] : locate(run.data, path).map((found) => found.path)
  for (const error of errors) {
    const marked = withService(error, node.serviceName)
    if (!error.path || error.path.length === 0) problemsOf(run).fail(source, marked)
    else for (const place of places) report(fetch, run, [...place, ...clientPath(node, error.path)], marked)
  }
}

export function reportEntityErrors(
  fetch: FailingFetch,
  run: Run,
  { targets, slots }: Entities,
  errors: readonly GraphQLFormattedError[],
): void {
  const { node, path, source } = fetch
  const slotOf = new Map(targets.map((target, index) => [target, slots[index]]))
  const places = locate(run.data, path)
  for (const error of errors) {
    const marked = withService(error, node.serviceName)
    const [, slot, ...rest] = error.path ?? []
    if (typeof slot !== 'number') {
      problemsOf(run).fail(source, marked)
      continue
    }
    // Every place that shows the entity lacks the field.
    const shown = places.filter(({ object }) => slotOf.get(object) === slot)
    for (const place of shown) report(fetch, run, [...place.path, ...clientPath(node, rest)], marked)
    if (shown.length === 0) problemsOf(run).fail(source, marked)
  }
}

function report({ source }: FailingFetch, run: Run, path: Path, error: GraphQLFormattedError): void {
  problemsOf(run).report(source, path, error)
}

/** The name is for the log, which has what the subgraph sent already; clients do not see it. */
function withService(error: GraphQLFormattedError, serviceName: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, serviceName } }
}
