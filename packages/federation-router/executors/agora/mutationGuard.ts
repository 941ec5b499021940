import { isNonNullType, type GraphQLSchema } from 'graphql'

import type { FieldCollector } from '../../planning/fieldCollector'
import { ErrorCollector, type FetchCoverage } from './errorCollector'
import type { ExecutionState } from './executionState'
import { completeData } from './valueCompletion'

/** Returns whether a root fetch of a mutation may be executed after those before it. */
export type MutationGuard = (state: ExecutionState, fetch: FetchCoverage) => boolean

/**
 * The root fields of a mutation are executed in series (https://spec.graphql.org/October2021/#sec-Mutation). Once the null or
 * error of one has made `data` null, the guard rejects the rest: the client could not learn their results.
 *
 * @param getSelection returns the root selection of an execution
 */
export function compileMutationGuard(
  schema: GraphQLSchema,
  rootType: string,
  getSelection: (state: ExecutionState) => FieldCollector,
): MutationGuard {
  function isDataNull(state: ExecutionState): boolean {
    const { data, skippedFetches, missingEntities, completedFetches } = state
    const fields = getSelection(state)
      .collectFields(rootType)
      .filter(
        ({ plannedKey, isDenied }) =>
          isDenied || completedFetches.some((fetch) => fetch.covers([plannedKey])),
      )
    if (!fields.some(({ type }) => isNonNullType(type))) return false
    // The completion of the whole response finds these errors again; the collector keeps one for each path.
    const errorCollector = state.errorCollector ?? new ErrorCollector(state.responseKeys, state.clientKeys)
    for (const fetch of skippedFetches) errorCollector.addSkippedFetch(fetch)
    const selection: FieldCollector = { collectFields: () => fields }
    const completed = completeData(
      { schema, selection, rootType, errorCollector, introspection: {}, missingEntities },
      data,
    )
    if (completed === null) state.errorCollector = errorCollector
    return completed === null
  }

  return (state, fetch) => {
    state.dataIsNull ||= isDataNull(state)
    state.completedFetches.push(fetch)
    return !state.dataIsNull
  }
}
