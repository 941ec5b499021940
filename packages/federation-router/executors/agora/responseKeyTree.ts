import type { DocumentNode, SelectionSetNode } from 'graphql'

import { collectFields, fragmentsByName, type FragmentsByName } from '../../planning/selections'
import type { ResultPath } from './resultPaths'

/** The response keys of a selection, for objects of any type. Leaves have an empty tree. */
export type ResponseKeyTree = ReadonlyMap<string, ResponseKeyTree>

/** Builds the tree of a selection set of the document. */
export function buildResponseKeyTree(document: DocumentNode, root: SelectionSetNode): ResponseKeyTree {
  return collectKeyTree([root], fragmentsByName(document))
}

export function collectKeyTree(
  sets: readonly SelectionSetNode[],
  fragments: FragmentsByName,
): ResponseKeyTree {
  const tree = new Map<string, ResponseKeyTree>()
  for (const [key, nodes] of collectFields(sets, fragments)) {
    const subsets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    tree.set(key, collectKeyTree(subsets, fragments))
  }
  return tree
}

/** Returns the part of a path that exists in the tree. List indexes always exist. */
export function longestKnownPrefix(tree: ResponseKeyTree, path: ResultPath): ResultPath {
  let below: ResponseKeyTree | undefined = tree
  const unknown = path.findIndex((element) => {
    if (typeof element === 'string') below = below?.get(element)
    return below === undefined
  })
  return unknown === -1 ? path : path.slice(0, unknown)
}
