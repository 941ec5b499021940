import {
  Kind,
  type DocumentNode,
  type ExecutableDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/**
 * Shows each selection of a document once, those of its fragments too. graphql-js's `visit` prepares for every kind of
 * node first, and takes some twenty times as long for a document of a screen: an operation that comes first is looked
 * through several times.
 *
 * @param look returns false to leave out what is below a selection
 */
export function forEachSelection(
  { definitions }: DocumentNode,
  look: (selection: SelectionNode, definition: ExecutableDefinitionNode) => void | boolean,
): void {
  function open({ selections }: SelectionSetNode, definition: ExecutableDefinitionNode): void {
    for (const selection of selections) {
      if (look(selection, definition) === false || selection.kind === Kind.FRAGMENT_SPREAD) continue
      if (selection.selectionSet) open(selection.selectionSet, definition)
    }
  }
  for (const definition of definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION)
      open(definition.selectionSet, definition)
}
