import { Kind, parse, visit, type DocumentNode, type ExecutableDefinitionNode, type FieldNode } from 'graphql'

import { isSchemaMetaField } from './removeIntrospection'
import { forEachSelection, getResponseKey } from './selections'

/** A document with aliases that do not collide with the names that plans select. */
export interface AliasedDocument {
  document: DocumentNode
  /** Maps the aliases that replaced response keys of the client to those keys. */
  clientKeys: ReadonlyMap<string, string>
}

/**
 * Reads the names that plans select on their own: all names in a key, a @requires or a @fromContext, of any type
 * (https://specs.apollo.dev/join/v0.5).
 */
export function readNamesSelectedByPlans(supergraphSdl: string): ReadonlySet<string> {
  const names = new Set(['__typename'])
  visit(parse(supergraphSdl, { noLocation: true }), {
    // The selection of a @fromContext.
    ObjectField: ({ name, value }) => {
      if (value.kind !== Kind.STRING || name.value !== 'selection') return
      for (const [found] of value.value.matchAll(/\w+/g)) names.add(found)
    },
    Argument: ({ name, value }) => {
      if (value.kind !== Kind.STRING || (name.value !== 'key' && name.value !== 'requires')) return
      for (const [found] of value.value.matchAll(/\w+/g)) names.add(found)
    },
  })
  return names
}

/**
 * Gives new aliases to fields whose response keys are reserved. A plan selects the keys and required fields of entities by
 * their own names, without arguments, beside the client's fields. Otherwise `{ product { id: name price } }` would send the
 * name where the subgraph of the prices expects the id, and `{ product { weight(unit: LB) price } }` would use one weight for
 * both. Introspection fields are in no plan.
 *
 * @param reserved the names that plans select on their own
 */
export function withSafeAliases(document: DocumentNode, reserved: ReadonlySet<string>): AliasedDocument {
  const collides = (node: FieldNode) =>
    reserved.has(getResponseKey(node)) &&
    (getResponseKey(node) !== node.name.value || (node.arguments ?? []).length > 0)
  const used = new Set<string>()
  const unsafe = new Set<string>()
  forEachSelection(document, (selection, definition) => {
    if (selection.kind !== Kind.FIELD) return true
    used.add(getResponseKey(selection))
    if (isIntrospectionFragment(definition) || isSchemaMetaField(selection.name.value)) return false
    if (collides(selection)) unsafe.add(getResponseKey(selection))
    return true
  })
  if (unsafe.size === 0) return { document, clientKeys: new Map() }
  const safe = new Map([...unsafe].map((alias) => [alias, createUnusedName(alias, used, reserved)]))
  const renamed = visit(document, {
    Field: (node) => {
      if (isSchemaMetaField(node.name.value)) return false
      const alias = collides(node) ? safe.get(getResponseKey(node)) : undefined
      return alias === undefined ? undefined : { ...node, alias: { kind: Kind.NAME, value: alias } }
    },
    FragmentDefinition: (definition) => (isIntrospectionFragment(definition) ? false : undefined),
  })
  return { document: renamed, clientKeys: new Map([...safe].map(([alias, other]) => [other, alias])) }
}

/** Returns whether a definition is a fragment on a type of introspection. */
function isIntrospectionFragment(definition: ExecutableDefinitionNode): boolean {
  return definition.kind === Kind.FRAGMENT_DEFINITION && definition.typeCondition.name.value.startsWith('__')
}

/** Returns an alias for a response key that is neither used in the document nor reserved, and marks it as used. */
export function createUnusedName(key: string, used: Set<string>, reserved: ReadonlySet<string>): string {
  let name = `${key}__client`
  while (used.has(name) || reserved.has(name)) name += '_'
  used.add(name)
  return name
}
