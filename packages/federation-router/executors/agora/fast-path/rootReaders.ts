import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'

import { quoteJson } from '../../../../platform/json'
import { shapeMismatch } from './shapeMismatch'
import { findFlatRepresentation, type FlatRepresentation } from '../representations'
import type { ResponseField, FieldCollector } from '../../../supergraph/fieldCollector'
import type { SupergraphModel } from '../../../supergraph/supergraphModel'
import { EntitySlots, type EntityReader } from './entities'
import type { FastPathFetch, FastPathFetches } from './fastPathFetches'
import {
  compileObjectReader,
  compileEntityReader,
  type OutputPart,
  type EntityRegistration,
} from './objectReaders'
import { UnsupportedPlan } from './unsupportedPlan'
import { compileCompositeReader, compileLeafReader, type ValueReader } from './valueReaders'

export interface RootReaderOptions {
  schema: GraphQLSchema
  supergraph: SupergraphModel
  fetches: FastPathFetches
}

/** A fetch that asks for fields of an object. */
interface Provider {
  fetch: FastPathFetch
  fields: readonly ResponseField[]
}

/** Fields of the client's operation that follow one another, and come from one fetch. */
interface Stretch {
  /** Undefined for what is known without a fetch. */
  provider: Provider | undefined
  fields: ResponseField[]
}

/** A part of the root: text, or what a fetch fills of it. */
export type RootPart = string | { fetch: FastPathFetch; hole: number }

/** Compiles how the fetches of the root fill it, with all that is below. @throws Unsupported */
export function compileRootReaders(
  options: RootReaderOptions,
  asked: FieldCollector,
  typeName: string,
): readonly RootPart[] {
  const providers = options.fetches
    .findByPath('')
    .map((fetch) => providerOf(fetch, fetch.selection, typeName))
  const stretches = divide(asked.collectFields(typeName), providers, typeName)
  for (const provider of providers) compileEntityType(options, '', typeName, provider, stretches)
  const seen = new Map<FastPathFetch, number>()
  return stretches.map(({ provider, fields }) => {
    if (!provider) return textOf(fields, typeName)
    const hole = seen.get(provider.fetch) ?? 0
    seen.set(provider.fetch, hole + 1)
    return { fetch: provider.fetch, hole }
  })
}

const providerOf = (fetch: FastPathFetch, selection: FieldCollector, typeName: string): Provider => ({
  fetch,
  fields: selection.collectFields(typeName),
})

/** Which fetch gives which fields. */
function divide(
  asked: readonly ResponseField[],
  providers: readonly Provider[],
  typeName: string,
): Stretch[] {
  const stretches: Stretch[] = []
  for (const field of asked) {
    const [provider, ...others] = field.name === '__typename' ? [] : givers(field, providers)
    if (others.length > 0) throw new UnsupportedPlan(`${typeName}.${field.name} comes from several fetches`)
    if (!provider && field.name !== '__typename')
      throw new UnsupportedPlan(`${typeName}.${field.name} comes from no fetch`)
    const last = stretches.at(-1)
    if (last && last.provider === provider) last.fields.push(field)
    else stretches.push({ provider, fields: [field] })
  }
  return stretches
}

const givers = ({ plannedKey }: ResponseField, providers: readonly Provider[]) =>
  providers.filter(({ fields }) => fields.some((each) => each.plannedKey === plannedKey))

const textOf = (fields: readonly ResponseField[], typeName: string): string =>
  fields.map(({ jsonKey }) => jsonKey + quoteJson(typeName)).join()

/** What one of the fetches gives of an object that is another's. */
function compileEntityType(
  options: RootReaderOptions,
  place: string,
  typeName: string,
  provider: Provider,
  stretches: readonly Stretch[],
): EntityReader {
  const { types } = provider.fetch
  // Two places of one path may show different fields of one entity.
  if (types.has(typeName)) throw new UnsupportedPlan(`${typeName} is shown in two ways`)
  const own = stretches.filter((stretch) => stretch.provider === provider)
  const parts = own.map(({ fields }) => fields.map((field) => outputOf(options, place, field, provider)))
  const answered = { typeName, fields: provider.fields, captures: new Set<string>() }
  const type = { holes: parts.length, read: compileEntityReader(answered, parts) }
  types.set(typeName, type)
  return type
}

function outputOf(
  options: RootReaderOptions,
  place: string,
  { plannedKey, jsonKey, type, subfields }: ResponseField,
  { fetch, fields }: Provider,
): OutputPart {
  if (isLeafType(getNamedType(type)))
    return { kind: 'field', source: plannedKey, head: jsonKey, isLeaf: true, read: compileLeafReader(type) }
  const own = fields.find((each) => each.plannedKey === plannedKey)
  if (!own) throw new Error(`Nothing is asked of ${plannedKey}.`)
  const at = place === '' ? plannedKey : `${place}.${plannedKey}`
  const object = compileObjects(options, at, type, subfields, { fetch, selection: own.subfields })
  return {
    kind: 'field',
    source: plannedKey,
    head: jsonKey,
    isLeaf: false,
    read: compileCompositeReader(type, object),
  }
}

interface Own {
  fetch: FastPathFetch
  /** What it asks of the objects at this place. */
  selection: FieldCollector
}

/** Objects of a declared type. Those of types that may or may not come are compiled when they do. */
function compileObjects(
  options: RootReaderOptions,
  place: string,
  declared: GraphQLOutputType,
  asked: FieldCollector,
  own: Own,
): ValueReader {
  const named = getNamedType(declared)
  if (!isAbstractType(named)) return compileObjectAt(options, place, named.name, asked, own)
  const byType = new Map<string, ValueReader>()
  const compile = (typeName: string): ValueReader => {
    const type = options.schema.getType(typeName)
    if (!isObjectType(type) || !options.schema.isSubType(named, type)) return fail()
    const read = compileObjectAt(options, place, typeName, asked, own)
    byType.set(typeName, read)
    return read
  }
  return (reading) => {
    const start = reading.position
    reading.expect('{"__typename":')
    const nameAt = reading.position + 1
    reading.skipString()
    const typeName = reading.text.slice(nameAt, reading.position - 1)
    reading.position = start
    const read = byType.get(typeName) ?? compile(typeName)
    read(reading)
  }
}

function compileObjectAt(
  options: RootReaderOptions,
  place: string,
  typeName: string,
  asked: FieldCollector,
  { fetch, selection }: Own,
): ValueReader {
  const { supergraph, fetches } = options
  const own = providerOf(fetch, selection, typeName)
  const others = fetches.findByPath(place).flatMap((each) => {
    if (!isAskedOf(each, typeName, supergraph)) return []
    const provider = providerOf(each, each.selection, typeName)
    return [{ provider, flat: requireFlat(provider, typeName, own, supergraph) }]
  })
  const providers = [own, ...others.map(({ provider }) => provider)]
  const stretches = divide(asked.collectFields(typeName), providers, typeName)
  const outputs = stretches.flatMap(({ provider, fields }): OutputPart[] => {
    if (!provider) return [{ kind: 'text', text: textOf(fields, typeName) }]
    if (provider === own) return fields.map((field) => outputOf(options, place, field, own))
    return [{ kind: 'hole' }]
  })
  const holes = stretches.filter(({ provider }) => provider && provider !== own)
  const captures = new Set(others.flatMap(({ flat }) => flat.leaves.map(({ name }) => name)))
  const captured = own.fields.map(({ plannedKey }) => plannedKey).filter((source) => captures.has(source))
  const registrations = others.map(({ provider, flat }): EntityRegistration => {
    const type = compileEntityType(options, place, typeName, provider, stretches)
    return {
      register: compileEnter(provider.fetch, type, flat, captured),
      holes: holes.flatMap((hole, at) => (hole.provider === provider ? [at] : [])),
    }
  })
  return compileObjectReader({ typeName, fields: own.fields, captures }, outputs, registrations)
}

function isAskedOf(
  { node: { requires = [] } }: FastPathFetch,
  typeName: string,
  supergraph: SupergraphModel,
) {
  return requires.some(
    (part) =>
      part.kind === 'InlineFragment' &&
      part.typeCondition !== undefined &&
      supergraph.satisfiesTypeCondition(typeName, part.typeCondition),
  )
}

/** The representation of a type for another fetch, if it can be made of what is read of the object itself. */
function requireFlat(
  { fetch }: Provider,
  typeName: string,
  own: Provider,
  supergraph: SupergraphModel,
): FlatRepresentation {
  const flat = findFlatRepresentation(fetch.node, typeName, supergraph)
  if (!flat || flat.typeName !== typeName) throw new UnsupportedPlan('a representation of another form')
  for (const { name } of flat.leaves) {
    const field = own.fields.find(({ plannedKey }) => plannedKey === name)
    if (!field) throw new UnsupportedPlan('a representation of what another fetch gives')
    if (!isLeafType(getNamedType(field.type))) throw new UnsupportedPlan('a representation of objects')
  }
  return flat
}

function compileEnter(
  { index }: FastPathFetch,
  type: EntityReader,
  { typeName, leaves }: FlatRepresentation,
  captured: readonly string[],
): EntityRegistration['register'] {
  const [first, ...others] = leaves.map(({ name, isNullable }) => ({
    head: `,${quoteJson(name)}:`,
    at: captured.indexOf(name),
    mayBeNull: isNullable,
  }))
  const head = `{"__typename":${quoteJson(typeName)}`
  return (all, values, base) => {
    if (!first) return fail()
    const entities = all.of(index)
    let key = textOfLeaf(values[base + first.at], first.mayBeNull)
    for (const { head: before, at, mayBeNull } of others)
      key += before + textOfLeaf(values[base + at], mayBeNull)
    const known = entities.ofType(type)
    const same = known.get(key)
    if (same) return same
    const entity = new EntitySlots(type)
    known.set(key, entity)
    entities.add(entity, `${head}${first.head}${key}}`)
    return entity
  }
}

/** An escape has several forms, and a key that is null makes no representation. */
function textOfLeaf(value: string | undefined, mayBeNull: boolean): string {
  if (value === undefined || value.includes('\\') || (value === 'null' && !mayBeNull)) return fail()
  return value
}

function fail(): never {
  throw shapeMismatch
}
