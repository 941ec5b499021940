import {
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'

import { isObject, type JsonObject } from '../../../platform/json'
import type { ErrorCollector } from './errorCollector'
import type { ResponseField, FieldCollector } from '../../supergraph/fieldCollector'
import { satisfiesTypeCondition } from '../../supergraph/supergraphModel'

export interface CompletionOptions {
  schema: GraphQLSchema
  selection: FieldCollector
  rootType: string
  errorCollector: ErrorCollector
  /** The answers to the fields that ask for the schema, by their keys. */
  introspection: JsonObject
  /** Entities that a subgraph knew nothing of. */
  missingEntities: ReadonlySet<JsonObject>
}

/**
 * Makes the answer of what the subgraphs gave by the rules of the specification
 * (https://spec.graphql.org/October2021/#sec-Value-Completion): each value is checked against its type, a null where
 * there must be none moves up, and has an error, worded as graphql-js does. The errors are added to the problems.
 */
export function completeData(options: CompletionOptions, data: JsonObject): JsonObject | null {
  return new Completion(options).complete(data)
}

/** Two kinds of nothing: `null` is a null that nobody has reported, `undefined` one that has its error. */
type Completed = unknown

class Completion {
  readonly #path: (string | number)[] = []

  constructor(readonly options: CompletionOptions) {}

  complete(data: JsonObject): JsonObject | null {
    const { rootType, selection } = this.options
    return this.#object(selection, rootType, data) ?? null
  }

  #object(selection: FieldCollector, typeName: string, object: JsonObject): JsonObject | null | undefined {
    const isGone = this.options.missingEntities.has(object)
    // Without a prototype: a key may be called __proto__.
    const answer: JsonObject = Object.create(null)
    const fields = selection.collectFields(typeName)
    this.options.errorCollector.recordFields(answer, fields)
    for (const field of fields) {
      this.#path.push(field.plannedKey)
      if (isGone && this.#takesAlong(field, object)) {
        this.#path.pop()
        return null
      }
      const value = this.#field(field, typeName, object)
      this.#path.pop()
      if (value === undefined) return undefined
      answer[field.responseKey] = value
    }
    return answer
  }

  /** Whether an entity that is gone cannot be shown without a field: it is null itself then, as its owner said. */
  #takesAlong({ name, type, plannedKey }: ResponseField, object: JsonObject): boolean {
    if (
      name === '__typename' ||
      !isNonNullType(type) ||
      (Object.hasOwn(object, plannedKey) && object[plannedKey] !== undefined)
    )
      return false
    return !this.options.errorCollector.explainsNull(this.#path, true)
  }

  #field(field: ResponseField, parent: string, object: JsonObject): Completed {
    const { schema, introspection } = this.options
    if (field.name === '__typename') {
      if (isObjectType(schema.getType(parent))) return parent
      this.#report(`The type of an object is not known: it is some "${parent}".`)
      return undefined
    }
    const isRoot = this.#path.length === 1
    if (isRoot && field.name.startsWith('__')) return introspection[field.plannedKey] ?? null
    const value = Object.hasOwn(object, field.plannedKey) ? object[field.plannedKey] : undefined
    return this.#value(field.type, value, field, parent)
  }

  /** A value, a null, or undefined when the null must move up. */
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
    // The planner does not ask an interface object for its type where nothing of the answer depends on it.
    if (typeName === undefined && isInterfaceType(type))
      return this.#object(field.subfields, type.name, value)
    const known = typeof typeName === 'string' ? this.options.schema.getType(typeName) : undefined
    if (!isCompositeType(known))
      return this.#report(
        `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${parent}.${field.name}".`,
      )
    if (!satisfiesTypeCondition(this.options.schema, known.name, type.name))
      return this.#report(`Runtime Object type "${known.name}" is not a possible type for "${type.name}".`)
    return this.#object(field.subfields, known.name, value)
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
