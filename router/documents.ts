import { Kind, type DocumentNode, type SelectionNode, type SelectionSetNode } from 'graphql'

/**
 * Shows each selection of a document once, those of its fragments too. graphql-js's `visit` prepares for every kind of
 * node first, and takes some twenty times as long for a document of a screen: an operation that comes first is looked
 * through several times.
 */
export function forEachSelection(
  { definitions }: DocumentNode,
  look: (selection: SelectionNode) => void,
): void {
  function open({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      look(selection)
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) open(selection.selectionSet)
    }
  }
  for (const definition of definitions) if ('selectionSet' in definition) open(definition.selectionSet)
}
