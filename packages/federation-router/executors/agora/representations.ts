import { Kind, type SelectionSetNode } from 'graphql'

import type { FetchDataRewrite, FetchNode, QueryPlanSelectionNode } from '../../planning/apolloPlanner'
import {
  compilePropertyReader,
  isObject,
  quoteJson,
  setOwnProperty,
  stringifyJson,
  writeJson,
  type JsonObject,
} from '../../../platform'
import type { SupergraphModel } from '../../supergraph/supergraphModel'
import { applyRewrites, readTypeCondition } from './rewrites'

/**
 * Writes the representation of an entity as JSON text. Returns undefined when a field of it is missing, so that the entity
 * cannot be fetched.
 */
export type WriteRepresentation = (entity: JsonObject) => string | undefined

/** Extracts the fields for one type condition, in the order of the plan. */
type Extract = (entity: JsonObject) => JsonObject | undefined

/** Compiles the representations that a fetch requires, when an entity of a type is first seen. */
export function compileRepresentationWriter(
  fetch: FetchNode,
  supergraph: SupergraphModel,
): WriteRepresentation {
  const byType = new Map<string, WriteRepresentation>()
  return (entity) => {
    const typeName = entity['__typename']
    if (typeof typeName !== 'string' || !supergraph.isCompositeType(typeName)) return undefined
    const write = byType.get(typeName) ?? compileForType(fetch, typeName, supergraph)
    byType.set(typeName, write)
    return write(entity)
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
  const parts = selectRequired(fetch, typeName, supergraph).map(({ selections }) =>
    compileExtract(selections, supergraph),
  )
  return compileGeneral(parts, typeName, inputRewrites, supergraph, serviceName)
}

/** Returns the parts of a fetch's `requires` that apply to a type. */
function selectRequired({ requires = [] }: FetchNode, typeName: string, supergraph: SupergraphModel) {
  return requires.flatMap((part) =>
    part.kind === 'InlineFragment' &&
    part.typeCondition !== undefined &&
    supergraph.satisfiesTypeCondition(typeName, part.typeCondition)
      ? [part]
      : [],
  )
}

/** A representation that consists of leaves: nearly all do. */
export interface FlatRepresentation {
  /** The name of the type in the representation. */
  typeName: string
  /** The fields besides `__typename`; at least one. */
  leaves: readonly [FlatLeaf, ...FlatLeaf[]]
}

interface FlatLeaf {
  name: string
  /** A subgraph cannot resolve an entity whose key is null. */
  isNullable: boolean
}

/** @returns undefined when the representations of the type are not flat, or it has none */
export function findFlatRepresentation(
  fetch: FetchNode,
  typeName: string,
  supergraph: SupergraphModel,
): FlatRepresentation | undefined {
  const { inputRewrites: rewrites = [], serviceName: service } = fetch
  const parts = selectRequired(fetch, typeName, supergraph)
  const names = [...new Set(parts.flatMap(({ selections }) => selections.map(getKey)))]
  const isFlat = parts.every(({ selections }) =>
    selections.every((each) => each.kind === 'Field' && !each.selections),
  )
  if (parts.length !== 1 || !isFlat || !names.includes('__typename')) return undefined
  const typenames = rewrites.map((rewrite) => readConstantTypename(rewrite, typeName, supergraph))
  if (typenames.includes(undefined)) return undefined
  const writtenTypeName = typenames.findLast((each) => each !== null) ?? typeName
  const [first, ...others] = names.filter((name) => name !== '__typename')
  if (first === undefined) return undefined
  const keyNames = findUsableKey(names, supergraph.getEntityKeys(writtenTypeName, service))
  if (!keyNames) return undefined
  const leaf = (name: string): FlatLeaf => ({ name, isNullable: !keyNames.has(name) })
  return { typeName: writtenTypeName, leaves: [leaf(first), ...others.map(leaf)] }
}

function compileFlat({ typeName, leaves }: FlatRepresentation): WriteRepresentation {
  const head = `{"__typename":${quoteJson(typeName)}`
  const fields = leaves.map(({ name, isNullable }) => ({
    read: compilePropertyReader(name),
    head: `,${quoteJson(name)}:`,
    isNullable,
  }))
  return (entity) => {
    let text = head
    for (const { read, head: fieldHead, isNullable } of fields) {
      const value = read(entity)
      if (value === undefined || (value === null && !isNullable)) return undefined
      text += fieldHead + writeJson(value)
    }
    return `${text}}`
  }
}

const getKey = (selection: QueryPlanSelectionNode): string =>
  selection.kind === 'Field' ? (selection.alias ?? selection.name) : ''

/** Returns the __typename that a rewrite sets; null when it does not affect the type, undefined when it is of another kind. */
function readConstantTypename(
  rewrite: FetchDataRewrite,
  typeName: string,
  supergraph: SupergraphModel,
): string | null | undefined {
  const [condition = '', ...rest] = rewrite.path
  const typeCondition = readTypeCondition(condition)
  if (typeCondition === undefined) return undefined
  if (!supergraph.satisfiesTypeCondition(typeName, typeCondition)) return null
  const isTypename = rest.length === 1 && rest[0] === '__typename' && rewrite.kind === 'ValueSetter'
  return isTypename && typeof rewrite.setValueTo === 'string' ? rewrite.setValueTo : undefined
}

/** Returns the names of the key in a representation; undefined when it has several keys, of which one is enough. */
function findUsableKey(
  names: readonly string[],
  keys: readonly SelectionSetNode[],
): ReadonlySet<string> | undefined {
  const usable = keys.map(listLeaves).filter((leaves) => leaves?.every((name) => names.includes(name)))
  if (usable.length > 1) return undefined
  return new Set(usable[0])
}

function listLeaves({ selections }: SelectionSetNode): string[] | undefined {
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
      if (part) addFields(representation, part)
    }
    if (typeof representation['__typename'] !== 'string') return undefined
    if (rewrites.length > 0) applyRewrites(rewrites, representation, supergraph)
    const writtenTypeName = representation['__typename']
    const keys = supergraph.getEntityKeys(
      typeof writtenTypeName === 'string' ? writtenTypeName : typeName,
      service,
    )
    const present = keys.filter((key) => hasKey(representation, key))
    if (present.length > 0 && !present.some((key) => isKeyComplete(representation, key))) return undefined
    return stringifyJson(representation)
  }
}

function addFields(target: JsonObject, source: JsonObject): void {
  for (const key of Object.keys(source)) {
    const existing = Object.hasOwn(target, key) ? target[key] : undefined
    const given = source[key]
    if (isObject(existing) && isObject(given)) addFields(existing, given)
    else if (Array.isArray(existing) && Array.isArray(given))
      existing.forEach((item, index) => {
        const other: unknown = given[index]
        if (isObject(item) && isObject(other)) addFields(item, other)
      })
    else setOwnProperty(target, key, given)
  }
}

function compileExtract(selections: readonly QueryPlanSelectionNode[], supergraph: SupergraphModel): Extract {
  const fields = selections.flatMap((each) => {
    if (each.kind !== 'Field') return []
    const key = getKey(each)
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
      addFields(part, extracted)
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

/** Returns whether an object has all fields of a key. */
function hasKey(object: unknown, { selections }: SelectionSetNode): boolean {
  if (Array.isArray(object)) return true
  if (!isObject(object)) return object === null
  return selections.every((each) => {
    if (each.kind !== Kind.FIELD) return true
    if (!Object.hasOwn(object, each.name.value)) return false
    return !each.selectionSet || hasKey(object[each.name.value], each.selectionSet)
  })
}

/** Returns whether no field of a key is null. */
function isKeyComplete(object: unknown, { selections }: SelectionSetNode): boolean {
  if (Array.isArray(object)) return true
  if (!isObject(object)) return false
  return selections.every((each) => {
    if (each.kind !== Kind.FIELD) return true
    const value = object[each.name.value]
    if (value == null) return false
    return !each.selectionSet || isKeyComplete(value, each.selectionSet)
  })
}
