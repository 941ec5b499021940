import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** An operation with the fragments of its document. The document is valid: no fragment contains itself. */
export interface OperationWithFragments {
  operation: OperationDefinitionNode
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
}

export function toOperationWithFragments(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): OperationWithFragments {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  return { operation, fragments }
}

/** Introspection has a limit of its own, graphql-js's MaxIntrospectionDepthRule. */
export function isIntrospectionField(field: FieldNode): boolean {
  return field.name.value.startsWith('__')
}

/**
 * Folds an operation as if every fragment stood where it is spread, in time proportional to the document's length: a
 * fragment is folded once, however often it is spread.
 *
 * @param ofField the value of a field, given that of its selections (0 for a leaf)
 * @param join the value of selections that stand side by side
 */
export function foldOperation(
  { operation, fragments }: OperationWithFragments,
  ofField: (field: FieldNode, selections: number) => number,
  join: (values: readonly number[]) => number,
): number {
  const known = new Map<string, number>()

  function ofFragment(name: string): number {
    const fragment = fragments.get(name)
    const value = known.get(name) ?? (fragment ? ofSelections(fragment.selectionSet) : 0)
    known.set(name, value)
    return value
  }

  function ofSelections({ selections }: SelectionSetNode): number {
    return join(
      selections.map((selection) => {
        switch (selection.kind) {
          case Kind.FIELD:
            return ofField(selection, selection.selectionSet ? ofSelections(selection.selectionSet) : 0)
          case Kind.INLINE_FRAGMENT:
            return ofSelections(selection.selectionSet)
          case Kind.FRAGMENT_SPREAD:
            return ofFragment(selection.name.value)
        }
      }),
    )
  }

  return ofSelections(operation.selectionSet)
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
export const maximum = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), 0)
