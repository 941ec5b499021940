import {
  Kind,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'

import { narrowType } from './narrowType'
import type { FragmentsByName } from './selections'

interface TypedFieldOptions {
  schema: GraphQLSchema
  fragments: FragmentsByName
  /** The names of the fragments that were visited, which are visited once. */
  visited: Set<string>
}

/**
 * Visits the fields of a selection set with the type of the selection around each, including those of its fragments, but not their
 * subfields.
 */
export function forEachTypedField(
  { selections }: SelectionSetNode,
  type: GraphQLCompositeType,
  options: TypedFieldOptions,
  visit: (field: FieldNode, parent: GraphQLCompositeType) => void,
): void {
  const { schema, fragments, visited } = options
  for (const selection of selections)
    switch (selection.kind) {
      case Kind.FIELD:
        visit(selection, type)
        break
      case Kind.INLINE_FRAGMENT: {
        const narrowed = narrowType(schema, type, selection.typeCondition)
        forEachTypedField(selection.selectionSet, narrowed, options, visit)
        break
      }
      case Kind.FRAGMENT_SPREAD: {
        const fragment = fragments.get(selection.name.value)
        if (!fragment || visited.has(fragment.name.value)) break
        visited.add(fragment.name.value)
        const narrowed = narrowType(schema, type, fragment.typeCondition)
        forEachTypedField(fragment.selectionSet, narrowed, options, visit)
      }
    }
}
