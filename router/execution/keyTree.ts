import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql'

import type { Path } from './paths'

/** The response keys of an operation, whatever the types of the objects. Leaves have an empty tree. */
export type KeyTree = ReadonlyMap<string, KeyTree>

type GrowingTree = Map<string, GrowingTree>

/** Of the only operation of a document, or of that with the selections given. */
export function keyTreeOf(document: DocumentNode, root?: SelectionSetNode): KeyTree {
  const fragments = fragmentsOf(document)
  const tree: GrowingTree = new Map()

  function grow(into: GrowingTree, { selections }: SelectionSetNode): void {
    for (const selection of selections) {
      switch (selection.kind) {
        case Kind.FIELD: {
          const key = selection.alias?.value ?? selection.name.value
          const below = into.get(key) ?? new Map()
          into.set(key, below)
          if (selection.selectionSet) grow(below, selection.selectionSet)
          break
        }
        case Kind.INLINE_FRAGMENT:
          grow(into, selection.selectionSet)
          break
        case Kind.FRAGMENT_SPREAD: {
          const fragment = fragments.get(selection.name.value)
          if (fragment) grow(into, fragment.selectionSet)
          break
        }
      }
    }
  }

  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)
  const selections = root ?? operation?.selectionSet
  if (selections) grow(tree, selections)
  return tree
}

export function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((each): [string, FragmentDefinitionNode][] =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [],
    ),
  )
}

/** The part of a path that the tree has. Indexes of lists are no keys. */
export function partIn(tree: KeyTree, path: Path): Path {
  let below: KeyTree | undefined = tree
  const unknown = path.findIndex((element) => {
    if (typeof element === 'string') below = below?.get(element)
    return below === undefined
  })
  return unknown === -1 ? path : path.slice(0, unknown)
}
