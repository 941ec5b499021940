import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'

/** A text or list of unlimited length in the arguments of a field. */
export interface HostileInput {
  /** For example `Mutation.createPost(input.tags[])`. */
  name: string
  kind: 'text' | 'list'
  /** Returns an operation that selects the field under a number of aliases, with the hostile value in its variables. */
  operation(value: unknown, aliases: number): { document: string; variables: Record<string, unknown> }
  /** An item of the list: an empty string, or an enum value. */
  item: string
}

interface HostileInputOptions {
  schema: GraphQLSchema
  /** Values of other required arguments and input fields, by name. */
  values: Record<string, unknown>
  /** Entities whose fields are included. */
  entities: Record<string, string>
}

/** Finds every text and list in the arguments of root fields and of fields of entities. */
export function findHostileInputs({ schema, values, entities }: HostileInputOptions): HostileInput[] {
  const roots = [schema.getQueryType(), schema.getMutationType()].filter((type) => type != null)
  const types = [...roots, ...Object.keys(entities).map((name) => schema.getType(name))].filter(isObjectType)
  return types.flatMap((type) =>
    Object.values(type.getFields())
      .filter(({ name }) => !name.startsWith('_'))
      .flatMap((field) =>
        field.args.flatMap((argument) => listInputs({ type, field, argument, values, entities })),
      ),
  )
}

interface Place extends Pick<HostileInputOptions, 'values' | 'entities'> {
  type: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  argument: GraphQLArgument
}

function listInputs(place: Place): HostileInput[] {
  const { type, field, argument } = place
  return listLeaves(argument, place.values).map(({ path, kind, item, insert }) => ({
    name: `${type.name}.${field.name}(${path})`,
    kind,
    item,
    operation: (value, aliases) => createOperation(place, insert(value), aliases),
  }))
}

interface Leaf {
  path: string
  kind: 'text' | 'list'
  item: string
  /** Returns the value of the whole argument with a value at the leaf. */
  insert(value: unknown): unknown
}

function listLeaves(
  input: GraphQLArgument | GraphQLInputField,
  values: HostileInputOptions['values'],
): Leaf[] {
  const type = getNullableType(input.type)
  const named = getNamedType(type)
  if (isListType(type)) {
    const item = isEnumType(named) ? (named.getValues()[0]?.name ?? '') : ''
    const list: Leaf = { path: input.name, kind: 'list', item, insert: (value) => value }
    const text: Leaf = { path: `${input.name}[]`, kind: 'text', item, insert: (value) => [value] }
    return isEnumType(named) ? [list] : [list, text]
  }
  if (named.name === 'String' || named.name === 'ID')
    return [{ path: input.name, kind: 'text', item: '', insert: (value) => value }]
  if (!isInputObjectType(named)) return []
  return Object.values(named.getFields()).flatMap((field) =>
    listLeaves(field, values).map((leaf) => ({
      ...leaf,
      path: `${input.name}.${leaf.path}`,
      insert: (value: unknown) => ({
        ...createRequiredFields(named.getFields(), values),
        [field.name]: leaf.insert(value),
      }),
    })),
  )
}

const createRequiredFields = (
  fields: Record<string, GraphQLInputField>,
  values: HostileInputOptions['values'],
) =>
  Object.fromEntries(
    Object.values(fields)
      .filter(isRequiredInputField)
      .map(({ name, type }) => [name, createValue(name, type, values)]),
  )

function createValue(name: string, type: GraphQLInputType, values: HostileInputOptions['values']): unknown {
  const named = getNamedType(type)
  if (isInputObjectType(named)) return createRequiredFields(named.getFields(), values)
  if (!(name in values)) throw new Error(`The test has no value for ${name}.`)
  return values[name]
}

function createOperation(
  { type, field, argument, values, entities }: Place,
  value: unknown,
  aliases: number,
) {
  const others = field.args.filter((other) => other !== argument && isRequiredArgument(other))
  const allArguments = [argument, ...others]
  const definitions = allArguments.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')
  const passed = allArguments.map(({ name }) => `${name}: $${name}`).join(', ')
  const selection = isObjectType(getNamedType(field.type)) ? ' { __typename }' : ''
  const selected = Array.from(
    { length: aliases },
    (_, index) => `a${index}: ${field.name}(${passed})${selection}`,
  ).join(' ')
  const variables = {
    ...Object.fromEntries(others.map(({ name, type }) => [name, createValue(name, type, values)])),
    [argument.name]: value,
  }
  const id = entities[type.name]
  if (id === undefined) {
    const keyword = type.name === 'Mutation' ? 'mutation' : 'query'
    return { document: `${keyword} (${definitions}) { ${selected} }`, variables }
  }
  return {
    document: `query ($of: [_Any!]!, ${definitions}) { _entities(representations: $of) { ... on ${type.name} { ${selected} } } }`,
    variables: { ...variables, of: [{ __typename: type.name, id }] },
  }
}
