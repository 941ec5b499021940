import { Kind, type SelectionSetNode } from 'graphql'

import type { FetchDataRewrite, FetchNode, QueryPlanSelectionNode } from '../../planning/planner'
import {
  isObject,
  quoteJson,
  compilePropertyReader,
  setOwnProperty,
  writeJson,
  type JsonObject,
} from '../../../platform/json'
import { applyRewrites } from './rewrites'
import type { SupergraphModel } from '../../supergraph/supergraphModel'

/**
 * Writes what a subgraph needs to know of an entity as JSON text; undefined when something of it is missing, and the
 * subgraph cannot be asked.
 */
export type WriteRepresentation = (entity: JsonObject) => string | undefined

/** Reads one type's part. Its keys stand in the order of the plan. */
type Extract = (entity: JsonObject) => JsonObject | undefined

/** Compiles what a fetch requires, once for each type of entity that comes. What is no entity is represented by nothing. */
export function compileRepresentationWriter(
  fetch: FetchNode,
  supergraph: SupergraphModel,
): WriteRepresentation {
  const byType = new Map<string, WriteRepresentation>()
  return (entity) => {
    const typeName = entity['__typename']
    if (typeof typeName !== 'string' || !supergraph.isCompositeType(typeName)) return undefined
    const represent = byType.get(typeName) ?? compileForType(fetch, typeName, supergraph)
    byType.set(typeName, represent)
    return represent(entity)
  }
}

function compileForType(
  fetch: FetchNode,
  typeName: string,
  supergraph: SupergraphModel,
): WriteRepresentation {
  const flat = findFlatRepresentation(fetch, typeName, supergraph)
  if (flat) return compileFlat(flat)
  const { inputRewrites = [], serviceName } = fetch
  const parts = requiredOf(fetch, typeName, supergraph).map(({ selections }) =>
    compileExtract(selections, supergraph),
  )
  return compileGeneral(parts, typeName, inputRewrites, supergraph, serviceName)
}

/** What a fetch requires of one type. */
function requiredOf({ requires = [] }: FetchNode, typeName: string, supergraph: SupergraphModel) {
  return requires.flatMap((part) =>
    part.kind === 'InlineFragment' &&
    part.typeCondition !== undefined &&
    supergraph.satisfiesTypeCondition(typeName, part.typeCondition)
      ? [part]
      : [],
  )
}

/** A representation that is made of leaves alone: nearly every one is. */
export interface FlatRepresentation {
  /** The name of the type, as it is sent. */
  typeName: string
  /** Beside the type; there is at least one. */
  leaves: readonly [FlatLeaf, ...FlatLeaf[]]
}

export interface FlatLeaf {
  name: string
  /** Without a key the subgraph cannot be asked. */
  isNullable: boolean
}

/** Undefined when the type's representations are not flat, or it has none. */
export function findFlatRepresentation(
  fetch: FetchNode,
  typeName: string,
  supergraph: SupergraphModel,
): FlatRepresentation | undefined {
  const { inputRewrites: rewrites = [], serviceName: service } = fetch
  const parts = requiredOf(fetch, typeName, supergraph)
  const names = [...new Set(parts.flatMap(({ selections }) => selections.map(nameOf)))]
  const isFlat = parts.every(({ selections }) =>
    selections.every((each) => each.kind === 'Field' && !each.selections),
  )
  if (parts.length !== 1 || !isFlat || !names.includes('__typename')) return undefined
  const typenames = rewrites.map((rewrite) => constantTypename(rewrite, typeName, supergraph))
  if (typenames.includes(undefined)) return undefined
  const written = typenames.findLast((each) => each !== null) ?? typeName
  const [first, ...others] = names.filter((name) => name !== '__typename')
  if (first === undefined) return undefined
  const mustBe = requiredLeaves(names, supergraph.entityKeysOf(written ?? typeName, service))
  if (!mustBe) return undefined
  const leaf = (name: string): FlatLeaf => ({ name, isNullable: !mustBe.has(name) })
  return { typeName: written ?? typeName, leaves: [leaf(first), ...others.map(leaf)] }
}

function compileFlat({ typeName, leaves }: FlatRepresentation): WriteRepresentation {
  const head = `{"__typename":${quoteJson(typeName)}`
  const fields = leaves.map(({ name, isNullable }) => ({
    read: compilePropertyReader(name),
    head: `,${quoteJson(name)}:`,
    mayBeNull: isNullable,
  }))
  return (entity) => {
    let text = head
    for (const { read, head: before, mayBeNull } of fields) {
      const value = read(entity)
      if (value === undefined || (value === null && !mayBeNull)) return undefined
      text += before + writeJson(value)
    }
    return `${text}}`
  }
}

const nameOf = (selection: QueryPlanSelectionNode): string =>
  selection.kind === 'Field' ? (selection.alias ?? selection.name) : ''

/** What a rewrite makes of the __typename; null when it does not concern the type, undefined when it is of another kind. */
function constantTypename(
  rewrite: FetchDataRewrite,
  typeName: string,
  supergraph: SupergraphModel,
): string | null | undefined {
  const [condition = '', ...rest] = rewrite.path
  if (!condition.startsWith('... on ')) return undefined
  if (!supergraph.satisfiesTypeCondition(typeName, condition.slice(7))) return null
  const isTypename = rest.length === 1 && rest[0] === '__typename' && rewrite.kind === 'ValueSetter'
  return isTypename && typeof rewrite.setValueTo === 'string' ? rewrite.setValueTo : undefined
}

/** The leaves that may not be null; undefined when that depends on which of several keys is there. */
function requiredLeaves(
  names: readonly string[],
  keys: readonly SelectionSetNode[],
): ReadonlySet<string> | undefined {
  const usable = keys.map(leavesOf).filter((leaves) => leaves?.every((name) => names.includes(name)))
  if (usable.length > 1) return undefined
  return new Set(usable[0])
}

function leavesOf({ selections }: SelectionSetNode): string[] | undefined {
  const names = selections.flatMap((each) =>
    each.kind === Kind.FIELD && !each.selectionSet ? [each.name.value] : [],
  )
  return names.length === selections.length ? names : undefined
}

function compileGeneral(
  parts: readonly Extract[],
  typeName: string,
  rewrites: readonly FetchDataRewrite[],
  supergraph: SupergraphModel,
  service: string,
): WriteRepresentation {
  return (entity) => {
    const representation: JsonObject = {}
    for (const extract of parts) {
      const part = extract(entity)
      if (part) add(representation, part)
    }
    if (typeof representation['__typename'] !== 'string') return undefined
    if (rewrites.length > 0) applyRewrites(rewrites, representation, supergraph)
    const written = representation['__typename']
    const keys = supergraph.entityKeysOf(typeof written === 'string' ? written : typeName, service)
    const has = keys.filter((key) => isAsked(representation, key))
    if (has.length > 0 && !has.some((key) => isWhole(representation, key))) return undefined
    return JSON.stringify(representation)
  }
}

function add(target: JsonObject, source: JsonObject): void {
  for (const key of Object.keys(source)) {
    const known = Object.hasOwn(target, key) ? target[key] : undefined
    const given = source[key]
    if (isObject(known) && isObject(given)) add(known, given)
    else if (Array.isArray(known) && Array.isArray(given))
      known.forEach((item, index) => {
        const other: unknown = given[index]
        if (isObject(item) && isObject(other)) add(item, other)
      })
    else setOwnProperty(target, key, given)
  }
}

function compileExtract(selections: readonly QueryPlanSelectionNode[], supergraph: SupergraphModel): Extract {
  const fields = selections.flatMap((each) => {
    if (each.kind !== 'Field') return []
    const key = each.alias ?? each.name
    const below = each.selections && compileExtract(each.selections, supergraph)
    return [{ key, read: compilePropertyReader(key), below }]
  })
  const fragments = selections.flatMap((each) =>
    each.kind === 'InlineFragment'
      ? [{ condition: each.typeCondition, extract: compileExtract(each.selections, supergraph) }]
      : [],
  )
  return (entity) => {
    const part: JsonObject = {}
    for (const { key, read, below } of fields) {
      const value = below ? extractFrom(read(entity), below) : read(entity)
      if (value === undefined) return undefined
      setOwnProperty(part, key, value)
    }
    const typeName = entity['__typename']
    for (const { condition, extract } of fragments) {
      if (condition === undefined || typeof typeName !== 'string') continue
      const extracted = supergraph.satisfiesTypeCondition(typeName, condition) ? extract(entity) : {}
      if (!extracted) return undefined
      add(part, extracted)
    }
    return part
  }
}

function extractFrom(value: unknown, extract: Extract): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => extractFrom(item, extract))
    return items.includes(undefined) ? undefined : items
  }
  return isObject(value) ? extract(value) : value
}

/** Whether all names of a key are there. */
function isAsked(object: unknown, { selections }: SelectionSetNode): boolean {
  if (Array.isArray(object)) return true
  if (!isObject(object)) return object === null
  return selections.every((each) => {
    if (each.kind !== Kind.FIELD) return true
    if (!Object.hasOwn(object, each.name.value)) return false
    return !each.selectionSet || isAsked(object[each.name.value], each.selectionSet)
  })
}

/** Whether nothing of a key is null. */
function isWhole(object: unknown, { selections }: SelectionSetNode): boolean {
  if (Array.isArray(object)) return true
  if (!isObject(object)) return false
  return selections.every((each) => {
    if (each.kind !== Kind.FIELD) return true
    const value = object[each.name.value]
    if (value == null) return false
    return !each.selectionSet || isWhole(value, each.selectionSet)
  })
}
