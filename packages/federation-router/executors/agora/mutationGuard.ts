import { isNonNullType, type GraphQLSchema } from 'graphql'

import { completeData } from './valueCompletion'
import { ErrorCollector, type FetchCoverage } from './errorCollector'
import { noMissingEntities, type ExecutionState } from './executionState'
import type { FieldCollector } from '../../supergraph/fieldCollector'

/** Whether a root fetch of a mutation may happen, after those before it. */
export type MutationGuard = (run: ExecutionState, fetch: FetchCoverage) => boolean

/**
 * The root fields of a mutation happen one after the other (https://spec.graphql.org/October2021/#sec-Mutation), and none
 * after one whose null or error has made `data` null: it could not be told of any more. Such a run is `isLost`.
 *
 * @param selectionOf what a run's operation selects of its root
 */
export function compileMutationGuard(
  schema: GraphQLSchema,
  rootType: string,
  selectionOf: (run: ExecutionState) => FieldCollector,
): MutationGuard {
  function isLost(run: ExecutionState): boolean {
    const { data, skippedFetches = [], missingEntities = noMissingEntities, completedFetches } = run
    const fields = selectionOf(run)
      .collectFields(rootType)
      .filter(({ plannedKey }) => completedFetches.some((fetch) => fetch.covers([plannedKey])))
    if (!fields.some(({ type }) => isNonNullType(type))) return false
    // What is found wrong of fields that are whole is found again when all are completed, and told of once.
    const problems = run.errorCollector ?? new ErrorCollector(run.responseKeys, run.clientKeys)
    for (const source of skippedFetches) problems.addSkippedFetch(source)
    const selection: FieldCollector = { collectFields: () => fields }
    const completed = completeData(
      { schema, selection, rootType, errorCollector: problems, introspection: {}, missingEntities },
      data,
    )
    if (completed === null) run.errorCollector = problems
    return completed === null
  }

  return (run, fetch) => {
    run.dataIsNull ||= isLost(run)
    run.completedFetches.push(fetch)
    return !run.dataIsNull
  }
}
