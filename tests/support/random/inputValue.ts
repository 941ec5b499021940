import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type GraphQLInputType,
} from 'graphql'

import { drawNumber, drawItem } from './seededRandom'

/** The variables of an operation that is being written. */
export interface Variables {
  definitions: string[]
  values: Record<string, unknown>
}

/** Writes a value for an argument or input field: a literal, or a variable, also within lists and objects. */
export function writeValue(
  type: GraphQLInputType,
  defaultValue: unknown,
  seed: string,
  variables: Variables,
): string {
  if (drawNumber(`${seed} variable`) < 0.4) return writeVariable(type, defaultValue, seed, variables)
  const inner = isNonNullType(type) ? type.ofType : type
  if (inner === type && drawNumber(`${seed} null`) < 0.1) return 'null'
  if (isListType(inner)) {
    const element: GraphQLInputType = inner.ofType
    const items = count(seed).map((index) => writeValue(element, undefined, `${seed}[${index}]`, variables))
    return `[${items.join(', ')}]`
  }
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields())
      .filter((field) => isRequiredInputField(field) || drawNumber(`${seed}.${field.name}`) < 0.4)
      .map(
        ({ name, type, defaultValue }) =>
          `${name}: ${writeValue(type, defaultValue, `${seed}.${name}?`, variables)}`,
      )
    return `{${fields.join(', ')}}`
  }
  const value = jsonValue(inner, seed)
  return isEnumType(inner) ? String(value) : JSON.stringify(value)
}

function writeVariable(
  type: GraphQLInputType,
  defaultValue: unknown,
  seed: string,
  { definitions, values }: Variables,
): string {
  const name = `v${definitions.length}`
  const isRequired = isNonNullType(type)
  const inner = isRequired ? type.ofType : type
  const fate = drawNumber(`${seed} fate`)
  // A variable with a default may be nullable where the argument is not, but then must not be null.
  const hasDefault = !isInputObjectType(inner) && !isListType(inner) && fate < 0.3
  const nullable = !isRequired || hasDefault || defaultValue !== undefined
  const text = hasDefault ? ` = ${writeLiteral(inner, `${seed} default`)}` : ''
  definitions.push(`$${name}: ${String(nullable ? inner : type)}${text}`)
  const mayBeOmitted = nullable && (!isRequired || hasDefault || defaultValue !== undefined)
  if (!mayBeOmitted || drawNumber(`${seed} given`) < 0.7) {
    const isNull = !isRequired && drawNumber(`${seed} null`) < 0.15
    values[name] = isNull ? null : jsonValue(inner, seed)
  }
  return `$${name}`
}

function writeLiteral(type: GraphQLInputType, seed: string): string {
  const value = jsonValue(type, seed)
  return isEnumType(type) ? String(value) : JSON.stringify(value)
}

function jsonValue(type: GraphQLInputType, seed: string): unknown {
  if (isNonNullType(type)) return jsonValue(type.ofType, seed)
  if (isListType(type)) {
    const element: GraphQLInputType = type.ofType
    return count(seed).map((index) => jsonValue(element, `${seed}[${index}]`))
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
      .filter((field) => isRequiredInputField(field) || drawNumber(`${seed}.${field.name}`) < 0.4)
      .map(({ name, type }) => [name, jsonValue(type, `${seed}.${name}?`)] as const)
    return Object.fromEntries(fields)
  }
  if (isEnumType(type)) return drawItem(seed, type.getValues()).name
  switch (type.name) {
    case 'Int':
      return Math.floor(drawNumber(seed) * 100)
    case 'Float':
      return drawItem(seed, [0.5, -3, 1e21])
    case 'Boolean':
      return drawNumber(seed) < 0.5
    default:
      return drawItem(seed, ['x', '"', '\\', 'é\u2028', 'a\nb', ''])
  }
}

const count = (seed: string): number[] =>
  Array.from({ length: Math.floor(drawNumber(`${seed} count`) * 3) }, (_, i) => i)
