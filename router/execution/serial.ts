import { isNonNullType, type GraphQLSchema } from 'graphql'

import { completeAnswer } from './completion'
import { Problems, type Source } from './problems'
import { noneGone, type Run } from './run'
import type { Selection } from './selection'

/** Whether a root fetch of a mutation may happen, after those before it. */
export type MayHappen = (run: Run, fetch: Source) => boolean

/**
 * The root fields of a mutation happen one after the other (https://spec.graphql.org/October2021/#sec-Mutation), and none
 * after one whose null or error has made `data` null: it could not be told of any more. Such a run is `isLost`.
 *
 * @param selectionOf what a run's operation selects of its root
 */
export function compileSerial(
  schema: GraphQLSchema,
  rootType: string,
  selectionOf: (run: Run) => Selection,
): MayHappen {
  function isLost(run: Run): boolean {
    const { data, leftOut = [], gone = noneGone, happened } = run
    const fields = selectionOf(run)
      .fieldsOf(rootType)
      .filter(({ source }) => happened.some((fetch) => fetch.covers([source])))
    if (!fields.some(({ type }) => isNonNullType(type))) return false
    // What is found wrong of fields that are whole is found again when all are completed, and told of once.
    const problems = run.problems ?? new Problems(run.operation, run.clientKeys)
    for (const source of leftOut) problems.leaveOut(source)
    const selection: Selection = { fieldsOf: () => fields }
    const completed = completeAnswer({ schema, selection, rootType, problems, introspection: {}, gone }, data)
    if (completed === null) run.problems = problems
    return completed === null
  }

  return (run, fetch) => {
    run.isLost ||= isLost(run)
    run.happened.push(fetch)
    return !run.isLost
  }
}
