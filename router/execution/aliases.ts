import { Kind, parse, visit, type DocumentNode } from 'graphql'

import { forEachSelection } from '../documents'

/** A document whose aliases are no names that plans need. */
export interface SafeDocument {
  document: DocumentNode
  /** What clients call the aliases that were put in place of theirs. */
  clientKeys: ReadonlyMap<string, string>
}

/**
 * The names that plans ask for on their own: all that stand in a key or in a @requires, whatever their type
 * (https://specs.apollo.dev/join/v0.3).
 */
export function neededNames(supergraphSdl: string): ReadonlySet<string> {
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
 * Gives other names to the aliases that are names of keys and required fields. A plan asks for the keys and required fields of entities
 * by their own names, beside what the client asks for: `{ product { id: name price } }` would otherwise send the name
 * where the subgraph of the prices wants the id.
 */
export function withSafeAliases(document: DocumentNode, needed: ReadonlySet<string>): SafeDocument {
  const collides = (alias: string, name: string) => alias !== name && needed.has(alias)
  const used = new Set<string>()
  const unsafe = new Set<string>()
  forEachSelection(document, (selection) => {
    if (selection.kind !== Kind.FIELD) return
    const { alias, name } = selection
    used.add(alias?.value ?? name.value)
    if (alias && collides(alias.value, name.value)) unsafe.add(alias.value)
  })
  if (unsafe.size === 0) return { document, clientKeys: new Map() }
  const safe = new Map([...unsafe].map((alias) => [alias, unusedName(alias, used, needed)]))
  const renamed = visit(document, {
    Field: {
      leave: (node) => {
        const { alias, name } = node
        const other = alias && collides(alias.value, name.value) ? safe.get(alias.value) : undefined
        return other === undefined ? undefined : { ...node, alias: { kind: Kind.NAME, value: other } }
      },
    },
  })
  return { document: renamed, clientKeys: new Map([...safe].map(([alias, other]) => [other, alias])) }
}

function unusedName(alias: string, used: Set<string>, needed: ReadonlySet<string>): string {
  let name = `${alias}__client`
  while (used.has(name) || needed.has(name)) name += '_'
  used.add(name)
  return name
}
