import {
  getOperationAST,
  Kind,
  print,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

import { isSchemaMetaField } from './removeIntrospection'
import { createUnusedName, type AliasedDocument } from './safeAliases'
import { collectFields, forEachSelection, fragmentsByName, getResponseKey } from './selections'

/**
 * Gives fields that share a response path, and are not the same field with the same arguments, different response keys.
 * An operation may have such fields below exclusive type conditions:
 * `{ feed { ... on Post { author { label: name } } ... on Ad { author { label: email } } } }`. Plans identify objects by
 * their response paths and merge the fields fetched for one path, so that one of the two fields would get the value of the other
 * (see docs/decisions/0001-type-conditioned-fetching.md).
 *
 * No object has two fields under one client key: a valid operation does not select them for one type.
 *
 * @param operationName names the operation to plan; others of the document do not matter
 * @param reserved the names that plans select on their own
 */
export function withDistinctResponseKeys(
  aliased: AliasedDocument,
  operationName: string | undefined,
  reserved: ReadonlySet<string>,
): AliasedDocument {
  const { document } = aliased
  const operation = getOperationAST(document, operationName)
  const meanings = collectMeanings(document)
  if ([...meanings.values()].every(({ size }) => size === 1)) return aliased
  const keys = operation ? findAmbiguousKeys(document, operation, meanings) : new Set<string>()
  if (keys.size === 0) return aliased

  const used = new Set(meanings.keys())
  const clientKeys = new Map(aliased.clientKeys)
  const names = new Map<string, string>()
  for (const key of keys) {
    const [, ...others] = meanings.get(key) ?? []
    for (const meaning of others) {
      const name = createUnusedName(key, used, reserved)
      names.set(`${key}:${meaning}`, name)
      clientKeys.set(name, aliased.clientKeys.get(key) ?? key)
    }
  }
  const renamed = visit(document, {
    Field(node) {
      if (isSchemaMetaField(node.name.value)) return false
      const name =
        keys.has(getResponseKey(node)) && names.get(`${getResponseKey(node)}:${printFieldCall(node)}`)
      return name ? { ...node, alias: { kind: Kind.NAME, value: name } } : undefined
    },
  })
  return { document: renamed, clientKeys }
}

/** Returns the name of a field with its arguments, sorted. */
function printFieldCall({ name, arguments: given = [] }: FieldNode): string {
  return given.length === 0 ? name.value : `${name.value}(${given.map(print).sort().join()})`
}

/** Returns the meanings of each response key, anywhere in the document. */
function collectMeanings(document: DocumentNode): ReadonlyMap<string, ReadonlySet<string>> {
  const meanings = new Map<string, Set<string>>()
  forEachSelection(document, (selection) => {
    if (selection.kind !== Kind.FIELD) return true
    const key = getResponseKey(selection)
    const existing = meanings.get(key)
    if (existing) existing.add(printFieldCall(selection))
    else meanings.set(key, new Set([printFieldCall(selection)]))
    return !isSchemaMetaField(selection.name.value)
  })
  return meanings
}

/** Finds the response keys that have several meanings at one response path of the operation. */
function findAmbiguousKeys(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  meanings: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const fragments = fragmentsByName(document)
  const found = new Set<string>()

  function compare(sets: readonly SelectionSetNode[]): void {
    for (const [key, nodes] of collectFields(sets, fragments)) {
      if (nodes.some(({ name }) => isSchemaMetaField(name.value))) continue
      const isAmbiguous = (meanings.get(key)?.size ?? 0) > 1
      if (isAmbiguous && !found.has(key) && new Set(nodes.map(printFieldCall)).size > 1) found.add(key)
      compare(nodes.flatMap(({ selectionSet }) => selectionSet ?? []))
    }
  }

  compare([operation.selectionSet])
  return found
}
