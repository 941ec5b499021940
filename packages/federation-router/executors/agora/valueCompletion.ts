import {
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'

import { isObject, type JsonObject } from '../../../platform'
import type { FieldCollector, ResponseField } from '../../planning/fieldCollector'
import { satisfiesTypeCondition } from '../../supergraph/supergraphModel'
import type { ErrorCollector } from './errorCollector'

export interface CompletionOptions {
  schema: GraphQLSchema
  selection: FieldCollector
  rootType: string
  errorCollector: ErrorCollector
  /** The values of `__schema` and `__type`, by their keys. */
  introspection: JsonObject
  /** Entities that their subgraph returned as null, without an error. */
  missingEntities: ReadonlySet<JsonObject>
  /** Called for each completed object, with its path in planned keys. A null may propagate to it afterwards. */
  onObject?:
    | ((
        completed: JsonObject,
        fields: readonly ResponseField[],
        typeName: string,
        path: readonly (string | number)[],
      ) => void)
    | undefined
}

/**
 * Completes the data of subgraphs into the data of the response (https://spec.graphql.org/October2021/#sec-Value-Completion):
 * checks each value against its type, and propagates a null of a non-null type to the parent, with an error in the words of
 * graphql-js. Adds the errors to the collector.
 *
 * @param path the path of the data in the response, with planned keys
 */
export function completeData(
  options: CompletionOptions,
  data: JsonObject,
  path: readonly (string | number)[] = [],
): JsonObject | null {
  return new Completion(options, [...path]).complete(data)
}

/** A completed value. `null` is a null without an error, `undefined` one whose error is known. */
type Completed = unknown

class Completion {
  readonly #path: (string | number)[]

  constructor(
    readonly options: CompletionOptions,
    path: (string | number)[],
  ) {
    this.#path = path
  }

  complete(data: JsonObject): JsonObject | null {
    const { rootType, selection } = this.options
    return this.#object(selection, rootType, data) ?? null
  }

  #object(selection: FieldCollector, typeName: string, object: JsonObject): JsonObject | null | undefined {
    const isMissing = this.options.missingEntities.has(object)
    // Without a prototype: a key may be called __proto__.
    const completed: JsonObject = Object.create(null)
    const fields = selection.collectFields(typeName)
    this.options.errorCollector.recordFields(completed, fields)
    for (const field of fields) {
      this.#path.push(field.plannedKey)
      if (field.isDenied) {
        const value = this.#denied(field, typeName)
        this.#path.pop()
        if (value === undefined) return undefined
        completed[field.responseKey] = value
        continue
      }
      if (isMissing && this.#needsField(field, object)) {
        this.#path.pop()
        return null
      }
      const value = this.#field(field, typeName, object)
      this.#path.pop()
      if (value === undefined) return undefined
      completed[field.responseKey] = value
    }
    this.options.onObject?.(completed, fields, typeName, this.#path)
    return completed
  }

  /** Returns whether a missing entity is null in the response, because a field that cannot be null has no value. */
  #needsField({ name, type, plannedKey }: ResponseField, object: JsonObject): boolean {
    if (
      name === '__typename' ||
      !isNonNullType(type) ||
      (Object.hasOwn(object, plannedKey) && object[plannedKey] !== undefined)
    )
      return false
    return !this.options.errorCollector.explainsNull(this.#path, true)
  }

  /** Returns undefined when the null propagates to the parent. */
  #denied({ type }: ResponseField, parent: string): Completed {
    const { schema, errorCollector } = this.options
    errorCollector.addDeniedField(this.#path, parent === schema.getMutationType()?.name ? 'execute' : 'read')
    return isNonNullType(type) ? undefined : null
  }

  #field(field: ResponseField, parent: string, object: JsonObject): Completed {
    const { schema, introspection } = this.options
    if (field.name === '__typename') {
      if (isObjectType(schema.getType(parent))) return parent
      this.#report(`The object type of a "${parent}" is unknown.`)
      return undefined
    }
    const isRoot = this.#path.length === 1
    if (isRoot && field.name.startsWith('__')) return introspection[field.plannedKey] ?? null
    const value = Object.hasOwn(object, field.plannedKey) ? object[field.plannedKey] : undefined
    return this.#value(field.type, value, field, parent)
  }

  /** Returns undefined when the null propagates to the parent. */
  #value(type: GraphQLOutputType, value: unknown, field: ResponseField, parent: string): Completed {
    if (!isNonNullType(type)) {
      const completed = this.#nullable(type, value, field, parent)
      if (completed === undefined) this.options.errorCollector.moveExplainedNulls(this.#path)
      return completed ?? null
    }
    const completed = this.#nullable(type.ofType, value, field, parent)
    if (completed === null) this.#report(`Cannot return null for non-nullable field ${parent}.${field.name}.`)
    return completed ?? undefined
  }

  #nullable(type: GraphQLOutputType, value: unknown, field: ResponseField, parent: string): Completed {
    if (value == null)
      return this.options.errorCollector.explainsNull(this.#path, value === undefined) ? undefined : null
    if (isListType(type)) return this.#list(type.ofType, value, field, parent)
    if (isLeafType(type)) return this.#leaf(type, value)
    if (!isCompositeType(type)) return undefined
    if (!isObject(value)) return this.#report(`Expected an object for field "${parent}.${field.name}".`)
    if (!isAbstractType(type)) return this.#object(field.subfields, type.name, value)
    const typeName = value['__typename']
    // The planner does not fetch the __typename of an interface object where no selection depends on it.
    if (typeName === undefined && isInterfaceType(type))
      return this.#object(field.subfields, type.name, value)
    const runtimeType = typeof typeName === 'string' ? this.options.schema.getType(typeName) : undefined
    if (!isCompositeType(runtimeType))
      return this.#report(
        `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${parent}.${field.name}".`,
      )
    if (!satisfiesTypeCondition(this.options.schema, runtimeType.name, type.name))
      return this.#report(
        `Runtime Object type "${runtimeType.name}" is not a possible type for "${type.name}".`,
      )
    return this.#object(field.subfields, runtimeType.name, value)
  }

  #list(itemType: GraphQLOutputType, value: unknown, field: ResponseField, parent: string): Completed {
    if (!Array.isArray(value))
      return this.#report(`Expected Iterable, but did not find one for field "${parent}.${field.name}".`)
    const items: unknown[] = []
    for (let index = 0; index < value.length; index++) {
      this.#path.push(index)
      const item = this.#value(itemType, value[index], field, parent)
      this.#path.pop()
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }

  #leaf(type: GraphQLLeafType, value: unknown): Completed {
    if (hasInfinity(value) && !isSpecifiedScalarType(type)) return this.#report('A number is out of range.')
    try {
      return type.serialize(value) ?? this.#report(`Expected a value of type "${type.name}".`)
    } catch (error) {
      return this.#report(error instanceof Error ? error.message : String(error))
    }
  }

  #report(message: string): undefined {
    this.options.errorCollector.addError([...this.#path], message, undefined)
    return undefined
  }
}

/** Returns whether a value has a number beyond the range of a double, such as 1e400, which JSON would contain as null. */
function hasInfinity(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasInfinity)
  return value === Infinity || value === -Infinity
}
