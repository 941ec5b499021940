import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isNullableType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'

/** Returns the violations of the conventions for clients (CONVENTIONS.md). Each begins with a schema coordinate. */
export function findApiSchemaProblems(schema: GraphQLSchema): string[] {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  )
  return [
    ...findFederationNames(schema, types),
    ...types.flatMap(findMissingDescriptions),
    ...types.flatMap(findInvalidNames),
    ...types.filter(isObjectType).flatMap((type) => findFieldProblems(schema, type)),
    ...listFields(schema.getQueryType()).filter(isNonNull).map(describeNonNull('Query')),
    ...listFields(schema.getMutationType()).flatMap(findMutationProblems),
  ]
}

type Field = GraphQLField<unknown, unknown>

/** Types whose objects are read only as part of another one, although they have an id. */
const typesWithoutNode: readonly string[] = ['SessionInfo']

const pageArguments = { first: 'Int', after: 'String', last: 'Int', before: 'String' }

const listFields = (type: GraphQLObjectType | null | undefined): Field[] =>
  Object.values(type?.getFields() ?? {})
const isNonNull = (field: Field): boolean => isNonNullType(field.type)
const describeNonNull = (type: string) => (field: Field) =>
  `${type}.${field.name} must be nullable: it may be in a subgraph that is down`

function findFederationNames(schema: GraphQLSchema, types: readonly GraphQLNamedType[]): string[] {
  return [
    ...types.filter(({ name }) => name.includes('_')).map(({ name }) => `${name} must not show in the API`),
    ...schema
      .getDirectives()
      .filter((directive) => !isSpecifiedDirective(directive))
      .map(({ name }) => `@${name} must not show in the API`),
  ]
}

function findMissingDescriptions(type: GraphQLNamedType): string[] {
  const elements: [coordinate: string, description: string | null | undefined][] = [
    [type.name, type.description],
  ]
  if (isEnumType(type)) {
    for (const { name, description } of type.getValues()) elements.push([`${type.name}.${name}`, description])
  } else if (isInputObjectType(type) || isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      elements.push([`${type.name}.${field.name}`, field.description])
      if (!('args' in field)) continue
      for (const arg of field.args)
        elements.push([`${type.name}.${field.name}(${arg.name}:)`, arg.description])
    }
  }
  return elements
    .filter(([, description]) => !description?.trim())
    .map(([coordinate]) => `${coordinate} has no description`)
}

function findInvalidNames(type: GraphQLNamedType): string[] {
  const problems: string[] = []
  if (!/^[A-Z][A-Za-z0-9]*$/.test(type.name)) problems.push(`${type.name} must be in PascalCase`)
  if (isEnumType(type)) {
    for (const { name } of type.getValues()) {
      if (!/^[A-Z][A-Z0-9_]*$/.test(name)) problems.push(`${type.name}.${name} must be in UPPER_CASE`)
    }
  } else if (isInputObjectType(type) || isObjectType(type) || isInterfaceType(type)) {
    for (const { name } of Object.values(type.getFields())) {
      if (!/^[a-z][A-Za-z0-9]*$/.test(name)) problems.push(`${type.name}.${name} must be in camelCase`)
    }
  }
  if (isInputObjectType(type) && !/(Input|Filter)$/.test(type.name)) {
    problems.push(`${type.name} is an input type; its name must end in Input or Filter`)
  }
  return problems
}

/** Lists of objects that a configuration or an enumeration bounds, and that no page is needed for. */
const boundedLists: ReadonlySet<string> = new Set([
  'User.sessions',
  'Query.identityProviders',
  'User.identities',
  'User.notificationSettings',
])

function findFieldProblems(schema: GraphQLSchema, type: GraphQLObjectType): string[] {
  const isNode = type.getInterfaces().some(({ name }) => name === 'Node')
  const problems =
    type.getFields()['id'] && !isNode && !typesWithoutNode.includes(type.name)
      ? [`${type.name} has an id, and must implement Node`]
      : []
  if (type.name.endsWith('Connection')) problems.push(...findConnectionProblems(schema, type))
  for (const field of listFields(type)) {
    const named = getNamedType(field.type)
    const coordinate = `${type.name}.${field.name}`
    if (named.name.endsWith('Connection')) {
      problems.push(...findPageProblems(coordinate, field))
    } else if (
      isListOfObjects(field) &&
      !type.name.endsWith('Connection') &&
      field.name !== 'userErrors' &&
      !boundedLists.has(coordinate)
    ) {
      problems.push(`${coordinate} is a list of ${named.name}; a list that can grow must be a connection`)
    }
    for (const arg of field.args) {
      if (getNamedType(arg.type).name === 'ID' && !/^id$|Ids?$/.test(arg.name)) {
        problems.push(`${coordinate}(${arg.name}:) takes an ID; its name must be id or end in Id`)
      }
    }
  }
  return problems
}

function isListOfObjects(field: Field): boolean {
  const nullable = isNonNullType(field.type) ? field.type.ofType : field.type
  return isListType(nullable) && isObjectType(getNamedType(field.type))
}

function findPageProblems(coordinate: string, field: Field): string[] {
  const problems = isNullableType(field.type) ? [] : [`${coordinate} is a connection, and must be nullable`]
  for (const [name, type] of Object.entries(pageArguments)) {
    const actual = field.args.find((arg) => arg.name === name)
    if (String(actual?.type) !== type || actual?.defaultValue !== undefined) {
      problems.push(`${coordinate} is a connection, and must take ${name}: ${type}`)
    }
  }
  return problems
}

function findConnectionProblems(schema: GraphQLSchema, connection: GraphQLObjectType): string[] {
  const name = connection.name.slice(0, -'Connection'.length)
  const shapes: Record<string, Record<string, string>> = {
    [`${name}Connection`]: {
      edges: `[${name}Edge!]!`,
      nodes: `[${name}!]!`,
      pageInfo: 'PageInfo!',
      totalCount: 'Int',
    },
    [`${name}Edge`]: { cursor: 'String!', node: `${name}!` },
  }
  return Object.entries(shapes).flatMap(([typeName, fields]) => {
    const type = schema.getType(typeName)
    return Object.entries(fields)
      .filter(([field, expected]) => {
        const actual = isObjectType(type) ? type.getFields()[field] : undefined
        return String(actual?.type) !== expected
      })
      .map(([field, expected]) => `${typeName}.${field} must be ${expected}`)
  })
}

function findMutationProblems(field: Field): string[] {
  const coordinate = `Mutation.${field.name}`
  const pascal = field.name.charAt(0).toUpperCase() + field.name.slice(1)
  const problems: string[] = []
  const args = field.args.map(({ name, type }) => `${name}: ${String(type)}`).join(', ')
  if (args !== `input: ${pascal}Input!`) {
    problems.push(`${coordinate} must take (input: ${pascal}Input!) alone, not (${args})`)
  }
  if (String(field.type) !== `${pascal}Payload`) {
    problems.push(`${coordinate} must return ${pascal}Payload, not ${String(field.type)}`)
  }
  const payload = getNamedType(field.type)
  if (!isObjectType(payload)) return problems
  if (String(payload.getFields()['userErrors']?.type) !== '[UserError!]!') {
    problems.push(`${payload.name}.userErrors must be [UserError!]!`)
  }
  for (const { name, type } of listFields(payload)) {
    if (isNonNullType(type) && isObjectType(type.ofType)) {
      problems.push(`${payload.name}.${name} must be nullable: it is null when there are userErrors`)
    }
  }
  return problems
}
