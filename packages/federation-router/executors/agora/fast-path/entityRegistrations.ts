import { getNamedType, isLeafType } from 'graphql'

import { quoteJson } from '../../../../platform'
import type { ResponseField } from '../../../planning/fieldCollector'
import type { SupergraphModel } from '../../../supergraph/supergraphModel'
import { findFlatRepresentation, type FlatRepresentation } from '../representations'
import { failOnShape, UnsupportedPlan } from './fallback'
import type { FastPathFetch } from './fastPathFetches'
import type { EntityRegistration } from './objectReaders'
import { EntitySlots, type EntityReader } from './responseReader'

/** A fetch that provides fields of an object. */
export interface Provider {
  fetch: FastPathFetch
  fields: readonly ResponseField[]
}

/** A fetch of an object as an entity. Its representation consists of leaves. */
export interface PlannedEntity {
  provider: Provider
  typeName: string
  /** In the order of the representation; at least one. */
  leaves: readonly RepresentationLeaf[]
}

interface RepresentationLeaf {
  name: string
  isNullable: boolean
  /** The fetch that provides it: that of the object, or an earlier one of the entity. */
  source: Provider
}

export const findField = (fields: readonly ResponseField[], plannedKey: string) =>
  fields.find((field) => field.plannedKey === plannedKey)

/**
 * Plans the representations of an object.
 *
 * @param own the fetch whose response contains the object
 * @param others the fetches of its entity, in the order of the plan
 * @throws UnsupportedPlan
 */
export function planEntities(
  own: Provider,
  others: readonly Provider[],
  typeName: string,
  supergraph: SupergraphModel,
): readonly PlannedEntity[] {
  return others.map((provider, index) => {
    const earlier = others.slice(0, index)
    const leaves = requireFlat(provider, typeName, supergraph).leaves.map((leaf) => ({
      ...leaf,
      source: findSource(leaf.name, own, earlier),
    }))
    return { provider, typeName, leaves }
  })
}

function requireFlat({ fetch }: Provider, typeName: string, supergraph: SupergraphModel): FlatRepresentation {
  const flat = findFlatRepresentation(fetch.node, typeName, supergraph)
  if (!flat || flat.typeName !== typeName) throw new UnsupportedPlan('a representation that is not flat')
  return flat
}

function findSource(name: string, own: Provider, earlier: readonly Provider[]): Provider {
  const [source, ...others] = findField(own.fields, name)
    ? [own]
    : earlier.filter(({ fields }) => findField(fields, name))
  const field = source && findField(source.fields, name)
  if (!source || !field) throw new UnsupportedPlan('a representation with fields of a later fetch')
  if (others.length > 0) throw new UnsupportedPlan('a representation with fields of several fetches')
  if (!isLeafType(getNamedType(field.type))) throw new UnsupportedPlan('a representation with objects')
  return source
}

/** Returns the keys of the fields of a fetch that representations need, in the order of its response. */
export function listCapturedKeys(source: Provider, entities: readonly PlannedEntity[]): readonly string[] {
  const leaves = entities.flatMap((entity) => entity.leaves)
  const names = new Set(leaves.flatMap((leaf) => (leaf.source === source ? [leaf.name] : [])))
  return source.fields.map(({ plannedKey }) => plannedKey).filter((key) => names.has(key))
}

/** Where the value of a leaf is when an object is registered. */
interface LeafPosition {
  /** The text before the value. */
  head: string
  isNullable: boolean
  /** The registration whose entity has the value, by its index; undefined for the object itself. */
  from: number | undefined
  /** The index of the value among those that are captured there. */
  at: number
}

/**
 * Compiles the registration of an object as an entity of a fetch.
 *
 * @param batch that of the fetch and the path
 * @param entities all of the object, in the order of their registration
 */
export function compileRegistration(
  batch: number,
  reader: EntityReader,
  { typeName, leaves }: PlannedEntity,
  entities: readonly PlannedEntity[],
): EntityRegistration['register'] {
  const head = `{"__typename":${quoteJson(typeName)}`
  const positions = leaves.map(({ name, isNullable, source }): LeafPosition => {
    const from = entities.findIndex(({ provider }) => provider === source)
    return {
      head: `,${quoteJson(name)}:`,
      isNullable,
      from: from === -1 ? undefined : from,
      at: listCapturedKeys(source, entities).indexOf(name),
    }
  })
  return positions.every(({ from }) => from === undefined)
    ? compileCompleteRegistration(batch, reader, head, positions)
    : compileIncompleteRegistration(batch, reader, head, positions)
}

/** For a representation with values of the object only. */
function compileCompleteRegistration(
  batch: number,
  reader: EntityReader,
  head: string,
  [first, ...others]: readonly LeafPosition[],
): EntityRegistration['register'] {
  return (registry, captured, base) => {
    if (!first) return failOnShape()
    const batchEntities = registry.of(batch)
    let key = requireLeaf(captured[base + first.at], first.isNullable)
    for (const { head: leafHead, at, isNullable } of others)
      key += leafHead + requireLeaf(captured[base + at], isNullable)
    const byKey = batchEntities.getEntitiesOfType(reader)
    const existing = byKey.get(key)
    if (existing) return existing
    const entity = new EntitySlots(reader, key)
    byKey.set(key, entity)
    batchEntities.add(entity, `${head}${first.head}${key}}`)
    return entity
  }
}

/** For a representation with values that earlier fetches provide, and which are not known yet. */
function compileIncompleteRegistration(
  batch: number,
  reader: EntityReader,
  head: string,
  positions: readonly LeafPosition[],
): EntityRegistration['register'] {
  return (registry, captured, base, registered) => {
    let key = ''
    const parts = positions.map(({ from, at, isNullable }): string | EntitySlots => {
      const part =
        from === undefined
          ? requireLeaf(captured[base + at], isNullable)
          : (registered[from] ?? failOnShape())
      // Entities with equal keys have equal values.
      key += `,${typeof part === 'string' ? part : part.key}`
      return part
    })
    const batchEntities = registry.of(batch)
    const byKey = batchEntities.getEntitiesOfType(reader)
    const existing = byKey.get(key)
    if (existing) return existing
    const entity = new EntitySlots(reader, key)
    byKey.set(key, entity)
    batchEntities.add(entity, () => {
      let text = head
      for (const [index, { head: leafHead, at, isNullable }] of positions.entries()) {
        const part = parts[index] ?? failOnShape()
        text += leafHead + (typeof part === 'string' ? part : requireLeaf(part.captured[at], isNullable))
      }
      return `${text}}`
    })
    return entity
  }
}

/** Rejects escapes, since equal strings may be escaped differently, and null keys, which make no representation. */
function requireLeaf(value: string | undefined, isNullable: boolean): string {
  if (value === undefined || value.includes('\\') || (value === 'null' && !isNullable)) return failOnShape()
  return value
}
