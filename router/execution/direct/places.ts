import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'

import { quote } from '../json'
import { misfit } from './misfit'
import { flatRepresentation, type FlatRepresentation } from '../representations'
import type { AnswerField, Selection } from '../selection'
import type { Supergraph } from '../supergraph'
import { Entity, type EntityType } from './entities'
import type { DirectFetch, Fetches } from './fetches'
import { compileObject, compileParts, type Output, type Registration } from './fields'
import { Unsupported } from './unsupported'
import { compileComposite, compileLeaf, type Read } from './values'

export interface PlacesOptions {
  schema: GraphQLSchema
  supergraph: Supergraph
  fetches: Fetches
}

/** A fetch that asks for fields of an object. */
interface Provider {
  fetch: DirectFetch
  fields: readonly AnswerField[]
}

/** Fields of the client's operation that follow one another, and come from one fetch. */
interface Stretch {
  /** Undefined for what is known without a fetch. */
  provider: Provider | undefined
  fields: AnswerField[]
}

/** A part of the root: text, or what a fetch fills of it. */
export type RootPart = string | { fetch: DirectFetch; hole: number }

/** Compiles how the fetches of the root fill it, with all that is below. @throws Unsupported */
export function compileRoot(options: PlacesOptions, asked: Selection, typeName: string): readonly RootPart[] {
  const providers = options.fetches.at('').map((fetch) => providerOf(fetch, fetch.selection, typeName))
  const stretches = divide(asked.fieldsOf(typeName), providers, typeName)
  for (const provider of providers) compileEntityType(options, '', typeName, provider, stretches)
  const seen = new Map<DirectFetch, number>()
  return stretches.map(({ provider, fields }) => {
    if (!provider) return textOf(fields, typeName)
    const hole = seen.get(provider.fetch) ?? 0
    seen.set(provider.fetch, hole + 1)
    return { fetch: provider.fetch, hole }
  })
}

const providerOf = (fetch: DirectFetch, selection: Selection, typeName: string): Provider => ({
  fetch,
  fields: selection.fieldsOf(typeName),
})

/** Which fetch gives which fields. */
function divide(asked: readonly AnswerField[], providers: readonly Provider[], typeName: string): Stretch[] {
  const stretches: Stretch[] = []
  for (const field of asked) {
    const [provider, ...others] = field.name === '__typename' ? [] : givers(field, providers)
    if (others.length > 0) throw new Unsupported(`${typeName}.${field.name} comes from several fetches`)
    if (!provider && field.name !== '__typename')
      throw new Unsupported(`${typeName}.${field.name} comes from no fetch`)
    const last = stretches.at(-1)
    if (last && last.provider === provider) last.fields.push(field)
    else stretches.push({ provider, fields: [field] })
  }
  return stretches
}

const givers = ({ source }: AnswerField, providers: readonly Provider[]) =>
  providers.filter(({ fields }) => fields.some((each) => each.source === source))

const textOf = (fields: readonly AnswerField[], typeName: string): string =>
  fields.map(({ head }) => head + quote(typeName)).join()

/** What one of the fetches gives of an object that is another's. */
function compileEntityType(
  options: PlacesOptions,
  place: string,
  typeName: string,
  provider: Provider,
  stretches: readonly Stretch[],
): EntityType {
  const { types } = provider.fetch
  // Two places of one path may show different fields of one entity.
  if (types.has(typeName)) throw new Unsupported(`${typeName} is shown in two ways`)
  const own = stretches.filter((stretch) => stretch.provider === provider)
  const parts = own.map(({ fields }) => fields.map((field) => outputOf(options, place, field, provider)))
  const answered = { typeName, fields: provider.fields, captures: new Set<string>() }
  const type = { holes: parts.length, read: compileParts(answered, parts) }
  types.set(typeName, type)
  return type
}

function outputOf(
  options: PlacesOptions,
  place: string,
  { source, head, type, below }: AnswerField,
  { fetch, fields }: Provider,
): Output {
  if (isLeafType(getNamedType(type)))
    return { kind: 'field', source, head, isLeaf: true, read: compileLeaf(type) }
  const own = fields.find((each) => each.source === source)
  if (!own) throw new Error(`Nothing is asked of ${source}.`)
  const at = place === '' ? source : `${place}.${source}`
  const object = compileObjects(options, at, type, below, { fetch, selection: own.below })
  return { kind: 'field', source, head, isLeaf: false, read: compileComposite(type, object) }
}

interface Own {
  fetch: DirectFetch
  /** What it asks of the objects at this place. */
  selection: Selection
}

/** Objects of a declared type. Those of types that may or may not come are compiled when they do. */
function compileObjects(
  options: PlacesOptions,
  place: string,
  declared: GraphQLOutputType,
  asked: Selection,
  own: Own,
): Read {
  const named = getNamedType(declared)
  if (!isAbstractType(named)) return compileObjectAt(options, place, named.name, asked, own)
  const byType = new Map<string, Read>()
  const compile = (typeName: string): Read => {
    const type = options.schema.getType(typeName)
    if (!isObjectType(type) || !options.schema.isSubType(named, type)) return fail()
    const read = compileObjectAt(options, place, typeName, asked, own)
    byType.set(typeName, read)
    return read
  }
  return (reading) => {
    const start = reading.at
    reading.expect('{"__typename":')
    const nameAt = reading.at + 1
    reading.string()
    const typeName = reading.text.slice(nameAt, reading.at - 1)
    reading.at = start
    const read = byType.get(typeName) ?? compile(typeName)
    read(reading)
  }
}

function compileObjectAt(
  options: PlacesOptions,
  place: string,
  typeName: string,
  asked: Selection,
  { fetch, selection }: Own,
): Read {
  const { supergraph, fetches } = options
  const own = providerOf(fetch, selection, typeName)
  const others = fetches.at(place).flatMap((each) => {
    if (!isAskedOf(each, typeName, supergraph)) return []
    const provider = providerOf(each, each.selection, typeName)
    return [{ provider, flat: requireFlat(provider, typeName, own, supergraph) }]
  })
  const providers = [own, ...others.map(({ provider }) => provider)]
  const stretches = divide(asked.fieldsOf(typeName), providers, typeName)
  const outputs = stretches.flatMap(({ provider, fields }): Output[] => {
    if (!provider) return [{ kind: 'text', text: textOf(fields, typeName) }]
    if (provider === own) return fields.map((field) => outputOf(options, place, field, own))
    return [{ kind: 'hole' }]
  })
  const holes = stretches.filter(({ provider }) => provider && provider !== own)
  const captures = new Set(others.flatMap(({ flat }) => flat.leaves.map(({ name }) => name)))
  const captured = own.fields.map(({ source }) => source).filter((source) => captures.has(source))
  const registrations = others.map(({ provider, flat }): Registration => {
    const type = compileEntityType(options, place, typeName, provider, stretches)
    return {
      enter: compileEnter(provider.fetch, type, flat, captured),
      holes: holes.flatMap((hole, at) => (hole.provider === provider ? [at] : [])),
    }
  })
  return compileObject({ typeName, fields: own.fields, captures }, outputs, registrations)
}

function isAskedOf({ node: { requires = [] } }: DirectFetch, typeName: string, supergraph: Supergraph) {
  return requires.some(
    (part) =>
      part.kind === 'InlineFragment' &&
      part.typeCondition !== undefined &&
      supergraph.satisfies(typeName, part.typeCondition),
  )
}

/** The representation of a type for another fetch, if it can be made of what is read of the object itself. */
function requireFlat(
  { fetch }: Provider,
  typeName: string,
  own: Provider,
  supergraph: Supergraph,
): FlatRepresentation {
  const flat = flatRepresentation(fetch.node, typeName, supergraph)
  if (!flat || flat.typeName !== typeName) throw new Unsupported('a representation of another form')
  for (const { name } of flat.leaves) {
    const field = own.fields.find(({ source }) => source === name)
    if (!field) throw new Unsupported('a representation of what another fetch gives')
    if (!isLeafType(getNamedType(field.type))) throw new Unsupported('a representation of objects')
  }
  return flat
}

function compileEnter(
  { index }: DirectFetch,
  type: EntityType,
  { typeName, leaves }: FlatRepresentation,
  captured: readonly string[],
): Registration['enter'] {
  const [first, ...others] = leaves.map(({ name, mayBeNull }) => ({
    head: `,${quote(name)}:`,
    at: captured.indexOf(name),
    mayBeNull,
  }))
  const head = `{"__typename":${quote(typeName)}`
  return (all, values, base) => {
    if (!first) return fail()
    const entities = all.of(index)
    let key = textOfLeaf(values[base + first.at], first.mayBeNull)
    for (const { head: before, at, mayBeNull } of others)
      key += before + textOfLeaf(values[base + at], mayBeNull)
    const known = entities.ofType(type)
    const same = known.get(key)
    if (same) return same
    const entity = new Entity(type)
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
  throw misfit
}
