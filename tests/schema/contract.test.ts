import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'

const design = join(projectRoot, '..', 'shared', 'design')
const contractFile = join(design, 'api.graphql')
/** Extends the contract. */
const additionsFile = join(design, 'api-v2.graphql')

/** Inputs that the additions make nullable. */
const nullableInputs = [
  'ChangePasswordInput.currentPassword',
  'DeleteAccountInput.password',
  'RefreshSessionInput.refreshToken',
  'SignOutInput.refreshToken',
]

/** Maps every coordinate of a schema to the properties that clients rely on: kind, type, nullability, default. */
function promises(schema: GraphQLSchema): Map<string, string> {
  const all = new Map<string, string>()
  for (const type of Object.values(schema.getTypeMap())) {
    if (!type.name.startsWith('__')) addType(all, type)
  }
  return all
}

function addType(all: Map<string, string>, type: GraphQLNamedType): void {
  const interfaces = isObjectType(type) ? type.getInterfaces().map(({ name }) => name) : []
  all.set(type.name, [type.astNode?.kind ?? 'built in', ...interfaces].join(' '))
  if (isEnumType(type)) {
    for (const { name } of type.getValues()) all.set(`${type.name}.${name}`, 'value')
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields()))
      all.set(`${type.name}.${field.name}`, inputValue(field))
  } else if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      all.set(`${type.name}.${field.name}`, String(field.type))
      for (const arg of field.args) all.set(`${type.name}.${field.name}(${arg.name}:)`, inputValue(arg))
    }
  }
}

const inputValue = ({ type, defaultValue }: GraphQLArgument | GraphQLInputField): string =>
  defaultValue === undefined ? String(type) : `${String(type)} = ${JSON.stringify(defaultValue)}`

/** Returns the field of an argument, or the type of any other coordinate. */
const findOwner = (coordinate: string): string =>
  coordinate.split(coordinate.endsWith(':)') ? '(' : '.')[0] ?? ''

const inContract = existsSync(contractFile) ? it : it.skip
const note = existsSync(contractFile) ? '' : ' (skipped: ../shared/design/api.graphql is not on this machine)'

describe(`the contract with clients${note}`, () => {
  const read = (...files: string[]) =>
    promises(buildSchema(files.map((file) => readFileSync(file, 'utf8')).join('\n')))
  const api = read(join(projectRoot, 'schema', 'api.graphql'))

  /** Reads the contract with the changes that the head of the additions lists. */
  function readContract(...files: string[]): Map<string, string> {
    const contract = read(...files)
    for (const coordinate of nullableInputs) contract.set(coordinate, 'String')
    return contract
  }

  inContract('keeps every name, argument, default and nullability', () => {
    const kept = [...readContract(contractFile)]
    const here = kept.map(([coordinate]) => [coordinate, api.get(coordinate) ?? 'missing'])
    expect(here).toEqual(kept)
  })

  inContract('adds only optional arguments and fields to inputs', () => {
    const contract = readContract(contractFile)
    const schema = buildSchema(readFileSync(join(projectRoot, 'schema', 'api.graphql'), 'utf8'))
    const inputs = Object.values(schema.getTypeMap())
      .filter(isInputObjectType)
      .map(({ name }) => name)
    const added = [...api].filter(([coordinate, type]) => {
      const isInput = coordinate.endsWith(':)') || inputs.includes(coordinate.split('.')[0] ?? '')
      return isInput && !contract.has(coordinate) && type.endsWith('!') && contract.has(findOwner(coordinate))
    })
    expect(added).toEqual([])
  })

  inContract('contains the documented additions', () => {
    const additions = [...readContract(contractFile, additionsFile)]
    const here = additions.map(([coordinate]) => [coordinate, api.get(coordinate) ?? 'missing'])
    expect(here).toEqual(additions)
  })
})
