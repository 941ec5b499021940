import { Kind, parse, visit, type DocumentNode, type ExecutableDefinitionNode, type FieldNode } from 'graphql'

import { forEachSelection } from './selections'
import { isSchemaMetaField } from './removeIntrospection'

/** A document whose aliases are no names that plans need. */
export interface AliasedDocument {
  document: DocumentNode
  /** What clients call the aliases that were put in place of theirs. */
  clientKeys: ReadonlyMap<string, string>
}

/**
 * The names that plans ask for on their own: all that stand in a key or in a @requires, whatever their type
 * (https://specs.apollo.dev/join/v0.3).
 */
export function readNamesSelectedByPlans(supergraphSdl: string): ReadonlySet<string> {
  const names = new Set(['__typename'])
  visit(parse(supergraphSdl, { noLocation: true }), {
    // What a @fromContext selects.
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
 * Gives other names to what stands under the names of keys and required fields. A plan asks for the keys and required
 * fields of entities by their own names, without arguments, beside what the client asks for: `{ product { id: name price } }`
 * would otherwise send the name where the subgraph of the prices wants the id, and of `{ product { weight(unit: LB) price } }`
 * one of the two weights would stand for both. The fields that ask for the schema are in no plan.
 */
export function withSafeAliases(document: DocumentNode, needed: ReadonlySet<string>): AliasedDocument {
  const collides = (node: FieldNode) =>
    needed.has(responseKeyOf(node)) &&
    (responseKeyOf(node) !== node.name.value || (node.arguments ?? []).length > 0)
  const used = new Set<string>()
  const unsafe = new Set<string>()
  forEachSelection(document, (selection, definition) => {
    if (selection.kind !== Kind.FIELD) return true
    used.add(responseKeyOf(selection))
    if (isOfSchema(definition) || isSchemaMetaField(selection.name.value)) return false
    if (collides(selection)) unsafe.add(responseKeyOf(selection))
    return true
  })
  if (unsafe.size === 0) return { document, clientKeys: new Map() }
  const safe = new Map([...unsafe].map((alias) => [alias, createUnusedName(alias, used, needed)]))
  const renamed = visit(document, {
    Field: (node) => {
      if (isSchemaMetaField(node.name.value)) return false
      const other = collides(node) ? safe.get(responseKeyOf(node)) : undefined
      return other === undefined ? undefined : { ...node, alias: { kind: Kind.NAME, value: other } }
    },
    FragmentDefinition: (definition) => (isOfSchema(definition) ? false : undefined),
  })
  return { document: renamed, clientKeys: new Map([...safe].map(([alias, other]) => [other, alias])) }
}

/** Returns the key of a field in responses. */
export const responseKeyOf = ({ alias, name }: FieldNode): string => alias?.value ?? name.value

/** A fragment on a type of introspection. */
const isOfSchema = (definition: ExecutableDefinitionNode): boolean =>
  definition.kind === Kind.FRAGMENT_DEFINITION && definition.typeCondition.name.value.startsWith('__')

/** Returns a name for a field with this key that is neither used in the document nor selected by plans, and marks it as used. */
export function createUnusedName(alias: string, used: Set<string>, needed: ReadonlySet<string>): string {
  let name = `${alias}__client`
  while (used.has(name) || needed.has(name)) name += '_'
  used.add(name)
  return name
}
