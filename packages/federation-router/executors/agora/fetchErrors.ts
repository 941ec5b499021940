import { GraphQLError, type GraphQLFormattedError } from 'graphql'

import { isObject, type JsonObject } from '../../../platform'
import type { FetchNode, ResponsePath } from '../../planning/apolloPlanner'
import { createSubgraphError } from '../../transport/subgraphErrors'
import type { TransportResponse } from '../../transport/transportRequest'
import type { FetchCoverage } from './errorCollector'
import { getErrorCollector, type ExecutionState } from './executionState'
import { toPlannedPath } from './fetchCoverage'
import { locateObjects } from './resultPaths'

/** A path of the objects that a fetch extends. */
export interface FetchLocation {
  path: ResponsePath
  /** The part of the response that errors of the fetch affect there. */
  coverage: FetchCoverage
}

/** The entities of a fetch at one of its response paths. Objects with equal representations share one, also across paths. */
export interface LocatedEntities extends FetchLocation {
  objects: readonly JsonObject[]
  /** The index of each object's representation; -1 for an object that has none. */
  indexes: readonly number[]
}

/** Reports a fetch without a usable response. */
export function reportFailedFetch(
  node: FetchNode,
  locations: readonly FetchLocation[],
  state: ExecutionState,
  error?: unknown,
): void {
  const failure =
    error instanceof GraphQLError ? error : createSubgraphError('SUBGRAPH_UNAVAILABLE', node.serviceName)
  for (const { coverage } of locations) getErrorCollector(state).addFailedFetch(coverage, failure, false)
}

/** Reports the errors of a fetch of root fields. */
export function reportRootErrors(
  node: FetchNode,
  { path, coverage }: FetchLocation,
  state: ExecutionState,
  { data, errors = [] }: TransportResponse,
): void {
  const collector = getErrorCollector(state)
  const prefixes = path.length === 0 ? [[]] : locateObjects(state.data, path).map((located) => located.path)
  for (const error of errors) {
    const labelled = withServiceName(error, node.serviceName)
    if (!error.path || error.path.length === 0) {
      collector.addFailedFetch(coverage, labelled, isObject(data))
      continue
    }
    const errorPath = toPlannedPath(node, error.path)
    for (const prefix of prefixes) collector.addSubgraphError(coverage, [...prefix, ...errorPath], labelled)
  }
}

/** Reports the errors of a fetch of entities. */
export function reportEntityErrors(
  node: FetchNode,
  entities: readonly LocatedEntities[],
  state: ExecutionState,
  { data, errors = [] }: TransportResponse,
): void {
  const collector = getErrorCollector(state)
  const located = entities.flatMap(({ path, coverage, objects, indexes }) => {
    const indexByObject = new Map(objects.map((object, at) => [object, indexes[at]]))
    return locateObjects(state.data, path).map((each) => ({
      path: each.path,
      coverage,
      index: indexByObject.get(each.object),
    }))
  })
  for (const error of errors) {
    const labelled = withServiceName(error, node.serviceName)
    const [, entityIndex, ...rest] = error.path ?? []
    // The field is missing at every path where the entity is.
    const affected =
      typeof entityIndex === 'number' ? located.filter(({ index }) => index === entityIndex) : []
    const errorPath = toPlannedPath(node, rest)
    for (const { coverage, path } of affected)
      collector.addSubgraphError(coverage, [...path, ...errorPath], labelled)
    if (affected.length > 0) continue
    for (const { coverage } of entities) collector.addFailedFetch(coverage, labelled, isObject(data))
  }
}

/** Adds the name of the subgraph for the log; clients do not see it. */
function withServiceName(error: GraphQLFormattedError, serviceName: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, serviceName } }
}
