import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql'

import type { ResultPath } from './resultPaths'

/** The response keys of an operation, whatever the types of the objects. Leaves have an empty tree. */
export type ResponseKeyTree = ReadonlyMap<string, ResponseKeyTree>

type GrowingTree = Map<string, GrowingTree>

/** Of the only operation of a document, or of that with the selections given. */
export function buildResponseKeyTree(document: DocumentNode, root?: SelectionSetNode): ResponseKeyTree {
  const fragments = fragmentsByName(document)
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

export function fragmentsByName({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((each): [string, FragmentDefinitionNode][] =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [],
    ),
  )
}

/** The part of a path that the tree has. Indexes of lists are no keys. */
export function longestKnownPrefix(tree: ResponseKeyTree, path: ResultPath): ResultPath {
  let below: ResponseKeyTree | undefined = tree
  const unknown = path.findIndex((element) => {
    if (typeof element === 'string') below = below?.get(element)
    return below === undefined
  })
  return unknown === -1 ? path : path.slice(0, unknown)
}
