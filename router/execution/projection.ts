import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  type GraphQLAbstractType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'

import { isObject, quote, reader, toJson, type JsonObject } from './json'
import { misfit } from './misfit'
import type { AnswerField, Selection } from './selection'
import { satisfies } from './supergraph'

type Write = (value: unknown) => string

/** Writes the data of an answer as JSON text. Throws `misfit` for data that needs completion. */
export type Project = (data: JsonObject, introspection: JsonObject) => string

/** Compiles what an operation selects of its root. Types that may or may not come are compiled when they do. */
export function compileProjection(schema: GraphQLSchema, selection: Selection, rootType: string): Project {
  const isIntrospection = ({ name }: AnswerField) => name.startsWith('__') && name !== '__typename'
  const fields = selection.fieldsOf(rootType).map((field) => {
    const write = compileField(schema, field, rootType)
    return { ...field, write, isIntrospection: isIntrospection(field) }
  })
  return (data, introspection) => {
    let text = '{'
    for (const { head, source, write, isIntrospection } of fields) {
      if (text !== '{') text += ','
      text += head + (isIntrospection ? JSON.stringify(introspection[source]) : write(data))
    }
    return `${text}}`
  }
}

function compileField(
  schema: GraphQLSchema,
  { source, name, type, below }: AnswerField,
  parent: string,
): (object: JsonObject) => string {
  if (name === '__typename') {
    const typename = isObjectType(schema.getType(parent)) ? quote(parent) : undefined
    return () => typename ?? fail()
  }
  const text = isText(type) ? compileText(source, isNonNullType(type) ? fail : writeNull) : undefined
  if (text) return text
  const read = reader(source)
  const write = compileValue(schema, type, below)
  return (object) => write(read(object))
}

function isText(type: GraphQLOutputType): boolean {
  const { name } = getNamedType(type)
  return isLeafType(getNullableType(type)) && (name === 'String' || name === 'ID')
}

/** Most fields are texts: theirs is one function instead of three within each other. */
function compileText(
  source: string,
  writeNothing: () => string,
): ((object: JsonObject) => string) | undefined {
  if (source in Object.prototype) return undefined
  return (object) => {
    const value = object[source]
    if (typeof value === 'string') return quote(value)
    return value == null ? writeNothing() : fail()
  }
}

const writeNull = () => 'null'

function compileValue(schema: GraphQLSchema, type: GraphQLOutputType, below: Selection): Write {
  const write = compileNullable(schema, isNonNullType(type) ? type.ofType : type, below)
  if (isNonNullType(type)) return (value) => (value == null ? fail() : write(value))
  return (value) => (value == null ? 'null' : write(value))
}

function compileNullable(schema: GraphQLSchema, type: GraphQLOutputType, below: Selection): Write {
  if (isListType(type)) return compileList(compileValue(schema, type.ofType, below))
  if (isObjectType(type)) return compileObject(schema, below, type.name)
  if (isAbstractType(type)) return compileAbstract(schema, below, type)
  if (isEnumType(type)) {
    const texts = new Map<unknown, string>(type.getValues().map(({ name }) => [name, quote(name)]))
    return (value) => texts.get(value) ?? fail()
  }
  return isScalarType(type) ? compileScalar(type.name) : fail
}

function compileList(write: Write): Write {
  return (value) => {
    if (!Array.isArray(value)) return fail()
    let text = '['
    for (let index = 0; index < value.length; index++) {
      text += index === 0 ? write(value[0]) : `,${write(value[index])}`
    }
    return `${text}]`
  }
}

function compileObject(schema: GraphQLSchema, selection: Selection, typeName: string): Write {
  let fields: { head: string; write: (object: JsonObject) => string }[] | undefined
  return (value) => {
    if (!isObject(value)) return fail()
    // Compiled when the first one comes: a fragment on a type that never does costs nothing.
    fields ??= selection.fieldsOf(typeName).map((field, index) => ({
      head: index === 0 ? `{${field.head}` : `,${field.head}`,
      write: compileField(schema, field, typeName),
    }))
    if (fields.length === 0) return '{}'
    let text = ''
    for (const { head, write } of fields) text += head + write(value)
    return `${text}}`
  }
}

function compileAbstract(schema: GraphQLSchema, selection: Selection, declared: GraphQLAbstractType): Write {
  const byType = new Map<unknown, Write>()
  // The planner does not ask an interface object for its type where nothing of the answer depends on it.
  if (isInterfaceType(declared)) byType.set(undefined, compileObject(schema, selection, declared.name))
  return (value) => {
    if (!isObject(value)) return fail()
    const typeName = value['__typename']
    const known = byType.get(typeName)
    if (known) return known(value)
    const type = typeof typeName === 'string' ? schema.getType(typeName) : undefined
    if (!isObjectType(type) && !isAbstractType(type)) return fail()
    if (!satisfies(schema, type.name, declared.name)) return fail()
    const write = compileObject(schema, selection, type.name)
    byType.set(type.name, write)
    return write(value)
  }
}

function compileScalar(name: string): Write {
  switch (name) {
    case 'ID':
    case 'String':
      return (value) => (typeof value === 'string' ? quote(value) : fail())
    case 'Int':
      return (value) => (typeof value === 'number' && (value | 0) === value ? String(value) : fail())
    case 'Float':
      return (value) => (typeof value === 'number' && Number.isFinite(value) ? String(value) : fail())
    case 'Boolean':
      return (value) => (value === true ? 'true' : value === false ? 'false' : fail())
    default:
      return toJson
  }
}

function fail(): never {
  throw misfit
}
