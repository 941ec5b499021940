import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'

import { quoteJson } from '../../../../platform'
import type { FieldCollector, ResponseField } from '../../../planning/fieldCollector'
import type { SupergraphModel } from '../../../supergraph/supergraphModel'
import type { EntityReader } from './responseReader'
import {
  compileRegistration,
  findField,
  listCapturedKeys,
  planEntities,
  type Provider,
} from './entityRegistrations'
import { failOnShape, UnsupportedPlan } from './fallback'
import { toReaderKey, type FastPathFetch, type FastPathFetches } from './fastPathFetches'
import {
  compileEntityReader,
  compileObjectReader,
  type EntityRegistration,
  type OutputPart,
} from './objectReaders'
import { compileCompositeReader, compileLeafReader, type ValueReader } from './valueReaders'

interface RootReaderOptions {
  schema: GraphQLSchema
  supergraph: SupergraphModel
  fetches: FastPathFetches
}

/** Consecutive fields of the client's operation that one fetch provides. */
interface FieldGroup {
  /** Undefined for fields that are known without a fetch. */
  provider: Provider | undefined
  fields: ResponseField[]
}

/** A part of the root: text, or a slot of a fetch. */
export type RootPart = string | { fetch: FastPathFetch; slot: number }

/** Compiles the readers of all fetches. @throws UnsupportedPlan */
export function compileRootReaders(
  options: RootReaderOptions,
  selection: FieldCollector,
  typeName: string,
): readonly RootPart[] {
  const providers = options.fetches
    .findByPath('')
    .map((fetch) => createProvider(fetch, fetch.selection, typeName))
  const groups = groupByProvider(selection.collectFields(typeName), providers, typeName)
  for (const provider of providers) addEntityReader(options, '', typeName, provider, groups)
  const slotCounts = new Map<FastPathFetch, number>()
  return groups.map(({ provider, fields }) => {
    if (!provider) return toTypenameText(fields, typeName)
    const slot = slotCounts.get(provider.fetch) ?? 0
    slotCounts.set(provider.fetch, slot + 1)
    return { fetch: provider.fetch, slot }
  })
}

const createProvider = (fetch: FastPathFetch, selection: FieldCollector, typeName: string): Provider => ({
  fetch,
  fields: selection.collectFields(typeName),
})

function groupByProvider(
  selected: readonly ResponseField[],
  providers: readonly Provider[],
  typeName: string,
): FieldGroup[] {
  const groups: FieldGroup[] = []
  for (const field of selected) {
    const provider = field.name === '__typename' ? undefined : findProvider(field, providers, typeName)
    const last = groups.at(-1)
    if (last && last.provider === provider) last.fields.push(field)
    else groups.push({ provider, fields: [field] })
  }
  return groups
}

function findProvider(
  { name, plannedKey }: ResponseField,
  providers: readonly Provider[],
  typeName: string,
): Provider {
  const [provider, ...others] = providers.filter(({ fields }) => findField(fields, plannedKey))
  if (others.length > 0) throw new UnsupportedPlan(`several fetches provide ${typeName}.${name}`)
  if (!provider) throw new UnsupportedPlan(`no fetch provides ${typeName}.${name}`)
  return provider
}

const toTypenameText = (fields: readonly ResponseField[], typeName: string): string =>
  fields.map(({ jsonKey }) => jsonKey + quoteJson(typeName)).join()

const noCaptures: readonly string[] = []

/**
 * Compiles the reader of the fields that one of the fetches provides of an object at a path.
 *
 * @param capturedKeys the keys of the fields that representations for later fetches need
 */
function addEntityReader(
  options: RootReaderOptions,
  pathKey: string,
  typeName: string,
  provider: Provider,
  groups: readonly FieldGroup[],
  capturedKeys = noCaptures,
): EntityReader {
  const { readers, leafReaders } = provider.fetch
  const readerKey = toReaderKey(pathKey, typeName)
  // Two parents of one path may select different fields of one entity.
  if (readers.has(readerKey)) throw new UnsupportedPlan(`two selections of ${typeName} at one path`)
  const own = groups.filter((group) => group.provider === provider)
  const parts = own.map(({ fields }) =>
    fields.map((field) => compileOutput(options, pathKey, field, provider)),
  )
  const shape = { typeName, fields: provider.fields, captures: new Set(capturedKeys) }
  const compile = () => ({ slotCount: parts.length, read: compileEntityReader(shape, parts) })
  const leafKey = toLeafKey(typeName, parts, capturedKeys)
  const reader = (leafKey !== undefined && leafReaders.get(leafKey)) || compile()
  if (leafKey !== undefined) leafReaders.set(leafKey, reader)
  readers.set(readerKey, reader)
  return reader
}

/** Returns a text that entities with the same output have in common; undefined where the output depends on the path. */
function toLeafKey(
  typeName: string,
  parts: readonly (readonly OutputPart[])[],
  capturedKeys: readonly string[],
): string | undefined {
  const outputs = parts.flat()
  if (!outputs.every((output) => output.kind === 'field' && output.isLeaf)) return undefined
  const keys = parts.map((part) =>
    part.flatMap((output) => (output.kind === 'field' ? [[output.plannedKey, output.jsonKey]] : [])),
  )
  return JSON.stringify([typeName, keys, capturedKeys])
}

function compileOutput(
  options: RootReaderOptions,
  pathKey: string,
  { plannedKey, jsonKey, type, subfields }: ResponseField,
  { fetch, fields }: Provider,
): OutputPart {
  if (isLeafType(getNamedType(type)))
    return { kind: 'field', plannedKey, jsonKey, isLeaf: true, read: compileLeafReader(type) }
  const fetched = findField(fields, plannedKey)
  if (!fetched) throw new Error(`The fetch does not select ${plannedKey}.`)
  const fieldPath = pathKey === '' ? plannedKey : `${pathKey}.${plannedKey}`
  const source = { fetch, selection: fetched.subfields }
  const readObject = compileObjects(options, fieldPath, type, subfields, source)
  return {
    kind: 'field',
    plannedKey,
    jsonKey,
    isLeaf: false,
    read: compileCompositeReader(type, readObject),
  }
}

/** The fetch whose response contains the objects at a path. */
interface ObjectSource {
  fetch: FastPathFetch
  /** The fields that it selects on them. */
  selection: FieldCollector
}

/** Compiles the reading of objects of a declared type. Object types of an abstract type are compiled when they occur. */
function compileObjects(
  options: RootReaderOptions,
  pathKey: string,
  declared: GraphQLOutputType,
  selection: FieldCollector,
  source: ObjectSource,
): ValueReader {
  const named = getNamedType(declared)
  if (!isAbstractType(named)) return compileObject(options, pathKey, named.name, selection, source)
  const byType = new Map<string, ValueReader>()
  const compile = (typeName: string): ValueReader => {
    const type = options.schema.getType(typeName)
    if (!isObjectType(type) || !options.schema.isSubType(named, type)) return failOnShape()
    const read = compileObject(options, pathKey, typeName, selection, source)
    byType.set(typeName, read)
    return read
  }
  return (reader) => {
    const start = reader.position
    reader.expect('{"__typename":')
    const nameStart = reader.position + 1
    reader.skipString()
    const typeName = reader.text.slice(nameStart, reader.position - 1)
    reader.position = start
    const read = byType.get(typeName) ?? compile(typeName)
    read(reader)
  }
}

function compileObject(
  options: RootReaderOptions,
  pathKey: string,
  typeName: string,
  selection: FieldCollector,
  source: ObjectSource,
): ValueReader {
  const { supergraph, fetches } = options
  const own = createProvider(source.fetch, source.selection, typeName)
  const others = fetches
    .findByPath(pathKey)
    .filter((fetch) => fetchesEntities(fetch, typeName, supergraph))
    .map((fetch) => createProvider(fetch, fetch.selection, typeName))
  const providers = [own, ...others]
  const entities = planEntities(own, others, typeName, supergraph)
  const groups = groupByProvider(selection.collectFields(typeName), providers, typeName)
  const outputs = groups.flatMap(({ provider, fields }): OutputPart[] => {
    if (!provider) return [{ kind: 'text', text: toTypenameText(fields, typeName) }]
    if (provider !== own) return [{ kind: 'slot' }]
    return fields.map((field) => compileOutput(options, pathKey, field, own))
  })
  const slotGroups = groups.filter(({ provider }) => provider && provider !== own)
  const captures = new Set(listCapturedKeys(own, entities))
  const registrations = entities.map((entity): EntityRegistration => {
    const { provider } = entity
    const captured = listCapturedKeys(provider, entities)
    const reader = addEntityReader(options, pathKey, typeName, provider, groups, captured)
    const batch = provider.fetch.firstBatch + provider.fetch.pathKeys.indexOf(pathKey)
    return {
      register: compileRegistration(batch, reader, entity, entities),
      slots: slotGroups.flatMap((group, index) => (group.provider === provider ? [index] : [])),
    }
  })
  return compileObjectReader({ typeName, fields: own.fields, captures }, outputs, registrations)
}

function fetchesEntities(
  { node: { requires = [] } }: FastPathFetch,
  typeName: string,
  supergraph: SupergraphModel,
): boolean {
  return requires.some(
    (part) =>
      part.kind === 'InlineFragment' &&
      part.typeCondition !== undefined &&
      supergraph.satisfiesTypeCondition(typeName, part.typeCondition),
  )
}
