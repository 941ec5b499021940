import {
  getNamedType,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLLeafType,
  type GraphQLOutputType,
} from 'graphql'

import { drawNumber, drawItem } from './seededRandom'
import type { FederatedSchema } from './federatedSchema'

/** The failures of the fake data. */
export interface Faults {
  /** The share of fields that fail, are null although their type is non-null, or have a value of another type; 0 to 1. */
  rate: number
  /** A subgraph that does not respond. */
  outage: { service: string; kind: 'unreachable' | 'refused' } | null
}

/** An object. Its fields only depend on the seed and on `key`. */
export interface FakeObject {
  type: string
  key: string
  /** The ID of an entity. */
  id?: string
  /** The subgraph that returned it. */
  service: string
}

/** The value of a field, with its list items. */
export type DrawnValue =
  | { kind: 'null' | 'illegal null' }
  | { kind: 'error'; code: string }
  | { kind: 'wrong'; raw: unknown }
  | { kind: 'leaf'; value: unknown }
  | { kind: 'object'; object: FakeObject }
  | { kind: 'list'; elements: DrawnValue[] }

/** Deterministic random data without a limit, the same for all subgraphs. */
export interface FakeData {
  faults: Faults
  /** Returns the value of a field. @param service the subgraph that resolves it */
  field(parent: FakeObject, name: string, args: object, type: GraphQLOutputType, service: string): DrawnValue
  /** Returns whether the owner of an entity has it; other subgraphs may refer to a missing one. */
  exists(type: string, id: string): boolean
  /** Returns the entity of a reference. */
  entity(type: string, id: string, service: string): FakeObject
}

const codes = ['FORBIDDEN', 'BAD_USER_INPUT', 'RATE_LIMITED', 'UNKNOWN_TO_THE_ROUTER']
const poolSize = 6
const missingShare = 0.12

/** Returns the prefix of the IDs of a type's entities. */
const getPrefix = (type: string): string => `${type.toLowerCase()}_`

export function createFakeData(
  seed: number,
  faults: Faults,
  { findOwner, listMembers }: FederatedSchema,
): FakeData {
  const exists: FakeData['exists'] = (type, id) => drawNumber(`${seed} exists ${type} ${id}`) >= missingShare

  const entity: FakeData['entity'] = (name, id, service) => {
    // The type of the reference may be an interface.
    const type = listMembers(service, name).find((each) => id.startsWith(getPrefix(each))) ?? name
    return { type, key: `${seed} ${id}`, id, service }
  }

  function object(name: string, key: string, service: string): FakeObject {
    const members = listMembers(service, name)
    const type = members.length > 0 ? drawItem(`${key} type`, members) : name
    const owner = findOwner(type)
    if (owner === undefined) return { type, key, service }
    const ids = Array.from({ length: poolSize }, (_, index) => `${getPrefix(type)}${index}`)
    const known = owner === service ? ids.filter((id) => exists(type, id)) : ids
    return entity(type, drawItem(`${key} id`, known), service)
  }

  function value(type: GraphQLOutputType, key: string, service: string): DrawnValue {
    const isRequired = isNonNullType(type)
    const inner = isRequired ? type.ofType : type
    const lot = drawNumber(`${key} fate`) / (faults.rate || Number.MIN_VALUE)
    if (lot < 0.5) return { kind: 'error', code: drawItem(`${key} code`, codes) }
    if (lot < 0.7) return { kind: isRequired ? 'illegal null' : 'null' }
    const wrong = lot < 1 ? wrongValues(inner) : []
    if (wrong.length > 0) return { kind: 'wrong', raw: drawItem(`${key} wrong`, wrong) }
    if (!isRequired && drawNumber(`${key} null`) < 0.05) return { kind: 'null' }
    if (isListType(inner)) {
      const element: GraphQLOutputType = inner.ofType
      const length = Math.floor(drawNumber(`${key} length`) * 5)
      const elements = Array.from({ length }, (_, index) => value(element, `${key}[${index}]`, service))
      return { kind: 'list', elements }
    }
    if (isLeafType(inner)) return { kind: 'leaf', value: leaf(inner, key) }
    return { kind: 'object', object: object(inner.name, key, service) }
  }

  return {
    faults,
    exists,
    entity,
    field: ({ key }, name, args, type, service) =>
      value(type, `${key}.${name}(${JSON.stringify(args)})${key === '' ? seed : ''}`, service),
  }
}

function leaf(type: GraphQLLeafType, key: string): unknown {
  if (isEnumType(type)) return drawItem(key, type.getValues()).name
  switch (type.name) {
    case 'Int':
      return Math.floor(drawNumber(key) * 1000) - 100
    case 'Float':
      return drawItem(key, [0, -0.25, 1e21, 12.5, 3])
    case 'Boolean':
      return drawNumber(key) < 0.5
    case 'DateTime':
      return `2030-01-0${1 + Math.floor(drawNumber(key) * 9)}T00:00:00.000Z`
    default:
      return drawItem(key, [
        '',
        'text',
        '"quoted"\\',
        'line\nline\u2028',
        'é😀',
        '\u0007',
        '{"json":[]}',
        `k ${key}`,
      ])
  }
}

/** Returns values that graphql-js does not accept for a type. A custom scalar accepts all. */
function wrongValues(type: GraphQLOutputType): unknown[] {
  if (isListType(type)) return [{}, 'text', 5, { length: 1, 0: null }]
  if (isCompositeType(type)) return ['text', 5, true, [], [{}]]
  switch (getNamedType(type).name) {
    case 'Int':
      return ['seven', 1.5, 2 ** 40, {}, []]
    case 'Float':
      return ['x', {}, []]
    case 'String':
      return [{}, [], ['text']]
    case 'Boolean':
      return ['yes', {}, []]
    case 'ID':
      return [true, {}, [], 1.5]
    case 'DateTime':
      return []
    default:
      return ['NO_SUCH_VALUE', 5, {}, [], '__proto__']
  }
}
