import { visit, type DirectiveNode, type DocumentNode, type SelectionNode } from 'graphql'

import { isIncluded, toCondition } from './conditions'
import { fillEmptySelectionSet, forEachSelection } from './selections'

/**
 * Removes `@skip` and `@include` with a constant from a document, and the selections that they exclude. Where a plan tests a
 * variable for a whole fetch, Apollo's planner (2.14) removes all conditions from the operation of the fetch, including
 * those of constants, so that excluded fields would be fetched and excluded mutations executed
 * (`removeConditionsFromSelectionSet` in @apollo/query-planner; its repository has no issue for it).
 */
export function removeConstantConditions(document: DocumentNode): DocumentNode {
  if (!hasConstantConditions(document)) return document
  const evaluate = (node: SelectionNode): SelectionNode | null | undefined => {
    const constants = (node.directives ?? []).filter(isConstantCondition)
    if (constants.length === 0) return undefined
    if (!isIncluded(constants, () => false)) return null
    return { ...node, directives: node.directives?.filter((directive) => !isConstantCondition(directive)) }
  }
  return visit(document, {
    Field: evaluate,
    InlineFragment: evaluate,
    FragmentSpread: evaluate,
    SelectionSet: { leave: fillEmptySelectionSet },
  })
}

function hasConstantConditions(document: DocumentNode): boolean {
  let found = false
  forEachSelection(document, ({ directives }) => {
    found ||= directives?.some(isConstantCondition) ?? false
  })
  return found
}

function isConstantCondition(directive: DirectiveNode): boolean {
  const condition = toCondition(directive)
  return condition !== undefined && 'constant' in condition.if
}
