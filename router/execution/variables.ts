import {
  getVariableValues,
  GraphQLError,
  isEnumType,
  isScalarType,
  Kind,
  type GraphQLEnumType,
  type GraphQLScalarType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql'

import { isObject, quote, type JsonObject } from './json'

/** What is wrong with the variables that a client gave; undefined when nothing is. */
export type CheckVariables = (variables: JsonObject) => readonly GraphQLError[] | undefined

/**
 * Checks variables as graphql-js does, and asks it for the error. Values of simple types that are plainly right are let
 * through without it.
 *
 * @param flags the variables that @skip and @include use: one with a default may be nullable, and may not be null
 */
export function compileVariableCheck(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  flags: ReadonlySet<string>,
): CheckVariables {
  if (variableDefinitions.length === 0) return () => undefined
  const conditions = variableDefinitions.filter(({ variable }) => flags.has(variable.name.value))
  const plain = variableDefinitions.map((definition) => compilePlainCheck(schema, definition))
  return (variables) => {
    const isNull = ({ variable }: VariableDefinitionNode) => variables[variable.name.value] === null
    if (plain.every((isRight) => isRight(variables)) && !conditions.some(isNull)) return undefined
    const { errors } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 50 })
    return errors ?? nullConditions(conditions.filter(isNull))
  }
}

function nullConditions(definitions: readonly VariableDefinitionNode[]): GraphQLError[] | undefined {
  if (definitions.length === 0) return undefined
  return definitions.map((definition) => {
    const message = `Variable "$${definition.variable.name.value}" must not be null: it is a condition of @skip or @include.`
    return new GraphQLError(message, { nodes: definition, extensions: { code: 'BAD_USER_INPUT' } })
  })
}

function compilePlainCheck(
  schema: GraphQLSchema,
  { variable, type: typeNode, defaultValue }: VariableDefinitionNode,
): (variables: JsonObject) => boolean {
  const name = variable.name.value
  const type = typeNode.kind === Kind.NON_NULL_TYPE ? typeNode.type : typeNode
  const named = type.kind === Kind.NAMED_TYPE ? schema.getType(type.name.value) : undefined
  if (!isScalarType(named) && !isEnumType(named)) return () => false
  const required = typeNode.kind === Kind.NON_NULL_TYPE
  const isValue = compileValueCheck(named)
  return (variables) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined) return !required || defaultValue !== undefined
    if (value === null) return !required
    return isValue(value)
  }
}

function compileValueCheck(type: GraphQLScalarType | GraphQLEnumType): (value: unknown) => boolean {
  if (isEnumType(type)) return (value) => typeof value === 'string' && type.getValue(value) !== undefined
  switch (type.name) {
    case 'ID':
    case 'String':
      return (value) => typeof value === 'string'
    case 'Boolean':
      return (value) => typeof value === 'boolean'
    case 'Int':
      return (value) => typeof value === 'number' && (value | 0) === value
    case 'Float':
      return (value) => typeof value === 'number' && Number.isFinite(value)
    default:
      // The router knows no custom scalar: its subgraph checks the value.
      return () => true
  }
}

/** Those of the variables that a fetch uses, as the inside of a JSON object: `"id":"1","first":20`. */
export type WriteVariables = (variables: JsonObject) => string

export function compileVariables(names: readonly string[]): WriteVariables {
  const entries = names.map((name) => ({ name, head: `${quote(name)}:` }))
  return (variables) => {
    let text = ''
    for (const { name, head } of entries) {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined
      if (value === undefined) continue
      if (text !== '') text += ','
      text += head + JSON.stringify(value)
    }
    return text
  }
}

/** Reads a Boolean! variable, its default where it was not given. */
export function compileFlag(
  operation: OperationDefinitionNode,
  name: string,
): (variables: JsonObject) => boolean {
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)
  const fallback = definition?.defaultValue?.kind === Kind.BOOLEAN && definition.defaultValue.value
  return (variables) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    return typeof value === 'boolean' ? value : fallback
  }
}

export function variablesOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}
