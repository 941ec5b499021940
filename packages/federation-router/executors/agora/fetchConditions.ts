import type { DirectiveNode } from 'graphql'

import type { FetchNode } from '../../planning/apolloPlanner'
import { isIncluded, readConditions, type ReadCondition } from '../../planning/conditions'
import { parseFetchSelection } from '../../planning/fetchSelection'
import { forEachField } from '../../planning/selections'
import type { SupergraphModel } from '../../supergraph/supergraphModel'

/**
 * Compiles whether a fetch has a field to provide for the values of the conditions. The planner tests a condition for a whole
 * fetch only if all of its fields have the same one. Any other fetch would be sent although all of its fields are excluded,
 * and its failure would be reported beside complete data.
 *
 * @returns undefined for a fetch that is needed for all values
 */
export function compileFetchCondition(
  fetch: FetchNode,
  supergraph: SupergraphModel,
): ((readCondition: ReadCondition) => boolean) | undefined {
  if (!/@(include|skip)/.test(fetch.operation)) return undefined
  const selection = parseFetchSelection(fetch)
  if (!selection) return undefined
  const fields: DirectiveNode[][] = []
  const knowsTypes = hasKnownTypes(fetch, supergraph)
  forEachField(selection.set, selection.fragments, ({ name, directives = [] }, around) => {
    if (name.value !== '__typename' || !knowsTypes) fields.push([...around.directives, ...directives])
  })
  if (fields.length === 0 || fields.some((each) => readConditions(each).length === 0)) return undefined
  return (readCondition) => fields.some((each) => isIncluded(each, readCondition))
}

/** Returns whether the types of a fetch's objects are known before: those of an interface object are not. */
function hasKnownTypes({ requires = [] }: FetchNode, supergraph: SupergraphModel): boolean {
  return requires.every(
    (each) =>
      each.kind === 'InlineFragment' &&
      each.typeCondition !== undefined &&
      supergraph.isObjectType(each.typeCondition),
  )
}
