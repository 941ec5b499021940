import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLScalarType,
} from 'graphql'

import { isObject, LongInteger } from '../../../platform'

/** The path of an invalid value, from the innermost key outwards; undefined for the whole value. */
interface InputPath {
  parent: InputPath | undefined
  key: string | number
  depth: number
}

/** An invalid value. Neither text contains any part of the value, which may be a password. */
interface InvalidInput {
  path: InputPath | undefined
  reason: string
  /** Without names of the schema that the client has not sent itself. */
  publicReason: string
}

/** Collects the invalid values of one request's variables, up to a limit. */
export class InvalidInputs {
  readonly found: InvalidInput[] = []
  constructor(readonly limit: number) {}

  get isFull(): boolean {
    return this.found.length >= this.limit
  }

  add(path: InputPath | undefined, reason: string, publicReason = reason): void {
    if (!this.isFull) this.found.push({ path, reason, publicReason })
  }
}

/** Checks a JSON value against an input type, in time proportional to the value's size. */
type InputValueCheck = (value: unknown, path: InputPath | undefined, invalid: InvalidInputs) => void

/** Recursion over a client's value must not exhaust the stack. */
const maxInputDepth = 200
const mustNotBeNull = 'it must not be null'
const isTooDeep = 'it is nested too deeply'

const checksOfObjects = new WeakMap<GraphQLInputObjectType, InputValueCheck>()

/**
 * Compiles the check of a variable's value by the rules of input coercion
 * (https://spec.graphql.org/September2025/#sec-Input-Values). graphql-js prints the whole value into each of its error
 * messages, which makes both the work and the response quadratic. Subgraphs check the values of custom scalars.
 */
export function compileInputCheck(type: GraphQLInputType): InputValueCheck {
  if (!isNonNullType(type)) return compileNullable(type)
  const check = compileNullable(type.ofType)
  return (value, path, invalid) =>
    value === null ? invalid.add(path, mustNotBeNull) : check(value, path, invalid)
}

function compileNullable(type: GraphQLInputType): InputValueCheck {
  if (isNonNullType(type)) return compileInputCheck(type)
  if (isListType(type)) return compileList(compileInputCheck(type.ofType))
  if (isInputObjectType(type)) return compileObject(type)
  return isEnumType(type) ? compileEnum(type) : compileScalar(type)
}

function compileList(checkItem: InputValueCheck): InputValueCheck {
  return (value, path, invalid) => {
    if (value === null) return
    // A single value is accepted as a list of one.
    if (!Array.isArray(value)) return checkItem(value, path, invalid)
    for (let index = 0; index < value.length && !invalid.isFull; index++)
      descend(checkItem, value[index], index, path, invalid)
  }
}

function descend(
  check: InputValueCheck,
  value: unknown,
  key: string | number,
  above: InputPath | undefined,
  invalid: InvalidInputs,
): void {
  const depth = (above?.depth ?? 0) + 1
  if (depth > maxInputDepth) invalid.add(above, isTooDeep)
  else check(value, { parent: above, key, depth }, invalid)
}

function compileObject(type: GraphQLInputObjectType): InputValueCheck {
  const cached = checksOfObjects.get(type)
  if (cached) return cached
  // Compiled when it is first used, since input types may be recursive.
  let fields: ReadonlyMap<string, InputValueCheck> | undefined
  const required = Object.values(type.getFields()).filter(isRequiredInputField)
  const check: InputValueCheck = (value, path, invalid) => {
    if (value === null) return
    if (!isObject(value)) return invalid.add(path, 'it must be an object')
    fields ??= new Map(
      Object.values(type.getFields()).map((field) => [field.name, compileInputCheck(field.type)]),
    )
    for (const { name } of required)
      if (!Object.hasOwn(value, name))
        invalid.add(path, `its field "${name}" is required`, 'a required field is missing')
    for (const name in value) {
      if (invalid.isFull) return
      const checkField = fields.get(name)
      if (checkField) descend(checkField, value[name], name, path, invalid)
      else invalid.add(path, unknownField(name))
    }
    if (type.isOneOf) checkOneOf(value, path, invalid)
  }
  checksOfObjects.set(type, check)
  return check
}

function unknownField(name: string): string {
  return /^\w{1,100}$/.test(name) ? `its field "${name}" is unknown` : 'it has an unknown field'
}

function checkOneOf(
  value: Readonly<Record<string, unknown>>,
  path: InputPath | undefined,
  invalid: InvalidInputs,
): void {
  const keys = Object.keys(value)
  if (keys.length !== 1 || value[keys[0] ?? ''] === null)
    invalid.add(path, 'it must have exactly one field, which must not be null')
}

function compileEnum(type: GraphQLEnumType): InputValueCheck {
  const reason = `it must be a value of the enum "${type.name}"`
  return (value, path, invalid) => {
    if (value === null || (typeof value === 'string' && type.getValue(value))) return
    invalid.add(path, reason, 'it is not a value of its enum')
  }
}

const builtInScalars: Readonly<Record<string, { accepts(value: unknown): boolean; reason: string }>> = {
  Int: {
    accepts: (value) => typeof value === 'number' && (value | 0) === value,
    reason: 'it must be an integer of at most 32 bits',
  },
  Float: {
    accepts: (value) =>
      (typeof value === 'number' || value instanceof LongInteger) && Number.isFinite(Number(value)),
    reason: 'it must be a number',
  },
  String: { accepts: (value) => typeof value === 'string', reason: 'it must be a string' },
  Boolean: { accepts: (value) => typeof value === 'boolean', reason: 'it must be true or false' },
  ID: {
    accepts: (value) => typeof value === 'string' || Number.isInteger(value) || value instanceof LongInteger,
    reason: 'it must be a string or an integer',
  },
}

function compileScalar(type: GraphQLScalarType): InputValueCheck {
  const builtIn = builtInScalars[type.name]
  if (!builtIn)
    return (value, path, invalid) => {
      const reason = findUnwritable(value)
      if (reason !== undefined) invalid.add(path, reason)
    }
  const { accepts, reason } = builtIn
  return (value, path, invalid) => {
    if (value !== null && !accepts(value)) invalid.add(path, reason)
  }
}

/**
 * Returns why a value cannot be written as JSON: writing recurses, and a number beyond the range of a double would
 * become null. Undefined for any other value.
 */
function findUnwritable(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'a number is out of range'
  if (typeof value !== 'object' || value === null) return undefined
  if (depth >= maxInputDepth) return isTooDeep
  for (const each of Object.values(value)) {
    const reason = findUnwritable(each, depth + 1)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** Writes a path as in JavaScript: `filter.tags[0]`. */
export function printInputPath(name: string, path: InputPath | undefined): string {
  let text = ''
  for (let at = path; at; at = at.parent)
    text = `${typeof at.key === 'number' ? `[${at.key}]` : `.${at.key}`}${text}`
  return name + text
}
