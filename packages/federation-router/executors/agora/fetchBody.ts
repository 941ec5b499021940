import { quoteJson, stringifyJson, type JsonObject } from '../../../platform'
import type { FetchNode } from '../../planning/apolloPlanner'

/** Writes variables as the members of a JSON object: `"id":"1","first":20`. */
type WriteVariables = (variables: JsonObject) => string

/** Compiles the writing of the variables with these names that have a value. */
export function compileVariablesWriter(names: readonly string[]): WriteVariables {
  const entries = names.map((name) => ({ name, head: `${quoteJson(name)}:` }))
  return (variables) => {
    let text = ''
    for (const { name, head } of entries) {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined
      if (value === undefined) continue
      if (text !== '') text += ','
      text += head + stringifyJson(value)
    }
    return text
  }
}

/** Writes the constant part of a request's body, up to the first variable. */
export function writeBodyHead({ operation, operationName }: FetchNode): string {
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`
  return `{"query":${JSON.stringify(operation)}${name},"variables":{`
}

/** Compiles the writing of a request's body without representations. */
export function compileBodyWriter(node: FetchNode): (variables: JsonObject) => string {
  const head = writeBodyHead(node)
  const writeVariables = compileVariablesWriter(node.variableUsages ?? [])
  return (variables) => `${head}${writeVariables(variables)}}}`
}
