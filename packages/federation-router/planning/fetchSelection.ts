import { getOperationAST, Kind, parse, type DocumentNode, type SelectionSetNode } from 'graphql'

import type { FetchNode } from './apolloPlanner'
import { fragmentsByName, type FragmentsByName } from './selections'

/** The selection set of a fetch, of the root or of each entity. */
interface FetchSelection {
  set: SelectionSetNode
  fragments: FragmentsByName
}

/** @returns undefined for an operation that does not have the form which plans give it */
export function parseFetchSelection({ operation, requires }: FetchNode): FetchSelection | undefined {
  const document = parse(operation, { noLocation: true })
  const root = getOperationAST(document)?.selectionSet
  const set = requires ? entitySelection(document) : root
  return set && { set, fragments: fragmentsByName(document) }
}

/** Returns the selection set of the field `_entities`. */
export function entitySelection(document: DocumentNode): SelectionSetNode | undefined {
  const [entities] = getOperationAST(document)?.selectionSet.selections ?? []
  return entities?.kind === Kind.FIELD ? entities.selectionSet : undefined
}
