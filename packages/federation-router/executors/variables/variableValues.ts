import {
  GraphQLError,
  isInputType,
  Kind,
  typeFromAST,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql'

import { compileInputCheck, InvalidInputs, printInputPath } from './inputValues'
import type { JsonObject } from '../../../platform'

/** Returns the errors of a client's variables; undefined when they are valid. */
export type CheckVariables = (variables: JsonObject) => readonly GraphQLError[] | undefined

const maxErrors = 50

/** The error for a variable whose value its type does not accept. The message never contains the value. */
export class InvalidVariable extends GraphQLError {
  /** @param publicMessage without names of the schema that the client has not sent itself */
  constructor(
    message: string,
    readonly publicMessage: string,
    node: VariableDefinitionNode,
  ) {
    super(message, { nodes: node, extensions: { code: 'BAD_USER_INPUT' } })
  }
}

/**
 * Compiles the check of an operation's variables.
 *
 * @param conditionVariables the variables that @skip and @include use: one with a default may be nullable, and must not be null
 */
export function compileVariableCheck(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  conditionVariables: ReadonlySet<string>,
): CheckVariables {
  if (variableDefinitions.length === 0) return () => undefined
  const checks = variableDefinitions.map((definition) =>
    compileDefinitionCheck(schema, definition, conditionVariables.has(definition.variable.name.value)),
  )
  return (variables) => {
    let errors: GraphQLError[] | undefined
    for (const check of checks) {
      const found = check(variables, maxErrors - (errors?.length ?? 0))
      if (found) errors = errors ? [...errors, ...found] : found
      if (errors && errors.length >= maxErrors) break
    }
    return errors
  }
}

function compileDefinitionCheck(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  isCondition: boolean,
): (variables: JsonObject, limit: number) => GraphQLError[] | undefined {
  const name = definition.variable.name.value
  const type = typeFromAST(schema, definition.type)
  // Validation has rejected other types.
  if (!isInputType(type)) throw new Error(`The variable "$${name}" has no input type.`)
  const check = compileInputCheck(type)
  const isRequired = definition.type.kind === Kind.NON_NULL_TYPE && !definition.defaultValue
  const reject = (text: string) => [new InvalidVariable(text, text, definition)]
  // Nearly all values are valid: one collector is reused until it contains an error.
  let collector = new InvalidInputs(maxErrors)
  return (variables, limit) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined) {
      return isRequired ? reject(`The variable "$${name}" is required and was not provided.`) : undefined
    }
    if (value === null && isCondition)
      return reject(`The variable "$${name}" must not be null: it is a condition of @skip or @include.`)
    check(value, undefined, collector)
    const { found } = collector
    if (found.length === 0) return undefined
    collector = new InvalidInputs(maxErrors)
    return found.slice(0, limit).map(({ path, reason, publicReason }) => {
      const location = path ? ` at "${printInputPath(name, path)}"` : ''
      const head = `The variable "$${name}" has an invalid value${location}: `
      return new InvalidVariable(`${head}${reason}.`, `${head}${publicReason}.`, definition)
    })
  }
}
