import {
  Kind,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

import { forEachSelection } from './selections'

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }

/**
 * A document without `@skip` and `@include` of a constant, and without what they take away. Where a plan tests a variable
 * for a whole fetch, Apollo's planner (2.14) takes the tests out of the fetch's operation, and those of constants with
 * them: what was to be skipped is asked for, and a mutation that was to be skipped happens
 * (`removeConditionsFromSelectionSet` in @apollo/query-planner; its repository has no issue for it).
 */
export function removeConstantConditions(document: DocumentNode): DocumentNode {
  if (!hasConstants(document)) return document
  const decide = (node: SelectionNode): SelectionNode | null | undefined => {
    const constants = (node.directives ?? []).filter(isConstant)
    if (constants.length === 0) return undefined
    if (constants.some(takesAway)) return null
    return { ...node, directives: node.directives?.filter((directive) => !isConstant(directive)) }
  }
  return visit(document, {
    Field: decide,
    InlineFragment: decide,
    FragmentSpread: decide,
    SelectionSet: {
      leave: (node): SelectionSetNode | undefined =>
        node.selections.length === 0 ? { ...node, selections: [typename] } : undefined,
    },
  })
}

function hasConstants(document: DocumentNode): boolean {
  let found = false
  forEachSelection(document, ({ directives }) => {
    found ||= directives?.some(isConstant) ?? false
  })
  return found
}

function isConstant({ name, arguments: given = [] }: DirectiveNode): boolean {
  const isCondition = name.value === 'skip' || name.value === 'include'
  return isCondition && given.some(({ value }) => value.kind === Kind.BOOLEAN)
}

function takesAway({ name, arguments: given = [] }: DirectiveNode): boolean {
  return given.some(({ value }) => value.kind === Kind.BOOLEAN && value.value === (name.value === 'skip'))
}
