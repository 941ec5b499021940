import fc from 'fast-check'
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  type GraphQLAbstractType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'

import { drawNumber, drawItem } from './seededRandom'
import { writeValue, type Variables } from './inputValue'

/** The random choices for a selection of any type. Smaller numbers lead to simpler selections. */
interface Choice {
  /** Chooses the field. */
  field: number
  /** Chooses the form: alone, in a fragment, with a condition. */
  form: number
  /** The seed of the arguments; 0 omits all optional ones. */
  args: number
  children: readonly Choice[]
}

interface RandomOperation {
  text: string
  variables: Record<string, unknown>
}

/** Generates trees of choices. fast-check shrinks them by omitting and simplifying selections. */
export const choices: fc.Arbitrary<readonly Choice[]> = fc.letrec<{ list: Choice[]; below: Choice[] }>(
  (tie) => {
    const list = (maxLength: number) =>
      fc.array(
        fc.record({ field: fc.nat(199), form: fc.nat(59), args: fc.nat(100_000), children: tie('below') }),
        { minLength: 1, maxLength },
      )
    return {
      list: list(5),
      below: fc.oneof({ maxDepth: 5, depthSize: 'large' }, fc.constant<Choice[]>([]), list(3), list(5)),
    }
  },
).list

type Parent = GraphQLCompositeType

/** The response path of a selection, and the object types on it; undefined for an abstract type. */
interface SelectionPath {
  path: string
  types: readonly (string | undefined)[]
}

/** A field under a response name. */
interface NamedField {
  types: SelectionPath['types']
  /** The name of the field and its arguments. */
  meaning: string
  /** The part of the type in which two fields of one name must agree. */
  shape: string
}

const typename = { meaning: '__typename', shape: 'String!' }

/** Writes the operation of the choices. It is always valid: fields whose names would clash get an alias. */
export function writeOperation(
  schema: GraphQLSchema,
  kind: 'query' | 'mutation',
  list: readonly Choice[],
): RandomOperation {
  const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType()
  if (!root) throw new Error(`The schema has no ${kind}.`)
  const variables: Variables = { definitions: [], values: {} }
  const fragments: string[] = []
  /** The fields under each response name at each path. */
  const taken = new Map<string, NamedField[]>()

  function selections(parent: Parent, nodes: readonly Choice[], at: SelectionPath): string {
    const written = nodes.map((node) => selection(parent, node, at))
    return `{ ${written.length > 0 ? written.join(' ') : simplest(parent, at)} }`
  }

  function simplest(parent: Parent, at: SelectionPath): string {
    const id = listFields(parent).find(({ name }) => name === 'id')
    return nameField(parent, at, 'id', id ? { meaning: 'id', shape: printShape(id.type) } : typename)
  }

  function selection(parent: Parent, node: Choice, at: SelectionPath): string {
    if (isAbstractType(parent) && node.form < 16 && node.children.length > 0)
      return selectTwice(parent, node, at)
    const fragment = createFragment(schema, parent, node)
    if (fragment && node.children.length > 0) {
      const inner = selections(fragment.type, node.children, at)
      const directives = condition(node)
      if (fragment.kind === 'inline') return `... ${directives} ${inner}`
      if (fragment.kind === 'typed') return `... on ${fragment.type.name} ${directives} ${inner}`
      const name = `F${fragments.length}`
      fragments.push(`fragment ${name} on ${fragment.type.name} ${inner}`)
      return `...${name} ${directives}`
    }
    const fields = listFields(parent)
    const field = node.form === 50 ? undefined : fields[node.field % fields.length]
    if (!field) return nameField(parent, at, createAlias(node, at) ?? '__typename', typename)
    return writeField(parent, field, node, at)
  }

  /** Selects other fields, or other arguments, of two members of an abstract type under the same names. */
  function selectTwice(parent: GraphQLAbstractType, { field, children }: Choice, at: SelectionPath): string {
    const members = schema.getPossibleTypes(parent)
    return [children, children.map(shifted)]
      .map((nodes, index) => ({ nodes, type: members[(field + index) % members.length] }))
      .flatMap(({ nodes, type }) => (type ? `... on ${type.name} ${selections(type, nodes, at)}` : []))
      .join(' ')
  }

  function writeField(
    parent: Parent,
    field: GraphQLField<unknown, unknown>,
    node: Choice,
    at: SelectionPath,
  ): string {
    const meaning = `${field.name}${writeArguments(field.args, node.args)}`
    const head = nameField(parent, at, createAlias(node, at) ?? field.name, {
      meaning,
      shape: printShape(field.type),
    })
    const type = getNamedType(field.type)
    const directives = condition(node)
    if (!isCompositeType(type)) return `${head} ${directives}`
    const responseName = head.slice(0, Math.max(head.search(/[:(]/), 0)) || head
    const below = { path: `${at.path}.${responseName}`, types: [...at.types, objectName(parent)] }
    return `${head} ${directives} ${selections(type, node.children, below)}`
  }

  /** Returns the name, or `response: name` for another response name, or if the name has another meaning here. */
  function nameField(
    parent: Parent,
    { path, types }: SelectionPath,
    wanted: string,
    { meaning, shape }: Omit<NamedField, 'types'>,
  ): string {
    const own: NamedField = { types: [...types, objectName(parent)], meaning, shape }
    const name = meaning.replace(/\(.*/s, '')
    let response = wanted
    const isFree = () => (taken.get(`${path}.${response}`) ?? []).every((other) => mayShare(own, other))
    for (let count = 0; !isFree(); count++) response = `${name}${count}`
    const key = `${path}.${response}`
    taken.set(key, [...(taken.get(key) ?? []), own])
    return response === name ? meaning : `${response}:${meaning}`
  }

  function writeArguments(args: readonly GraphQLArgument[], seed: number): string {
    const written = args
      .filter((arg) => isRequiredArgument(arg) || (seed > 0 && drawNumber(`${seed} ${arg.name}`) < 0.3))
      .map(
        (arg) => `${arg.name}: ${writeValue(arg.type, arg.defaultValue, `${seed} ${arg.name}`, variables)}`,
      )
    return written.length > 0 ? `(${written.join(', ')})` : ''
  }

  function condition({ form, args }: Choice): string {
    if (form < 36 || form > 39) return ''
    const value =
      form % 2 === 0 ? String(args % 3 > 0 === form < 38) : conditionVariable(form, args, variables)
    return form < 38 ? `@include(if: ${value})` : `@skip(if: ${value})`
  }

  const body = selections(root, list, { path: '', types: [] })
  const { definitions, values } = variables
  const head = definitions.length > 0 ? `${kind} Random(${definitions.join(', ')})` : `${kind} Random`
  return { text: [`${head} ${body}`, ...fragments].join('\n'), variables: values }
}

// Names that no field has, names of JavaScript, and names of other fields.
const aliases = ['a', 'b', 'data', 'constructor', '__proto__', 'toString', 'length', 'title', 'author', '_0']

const shifted = (node: Choice): Choice => ({
  ...node,
  field: node.field + 1,
  args: node.args > 0 ? node.args + 1 : 0,
  children: node.children.map(shifted),
})

/** Returns an alias more often below the members of a union or interface, so that several fields share one name. */
function createAlias({ form, field }: Choice, { types }: SelectionPath): string | undefined {
  const isFrequent = types.includes(undefined)
  if (form < (isFrequent ? 30 : 51)) return undefined
  return isFrequent ? drawItem(`${form}`, ['a', 'b', 'title']) : drawItem(`${form} ${field}`, aliases)
}

/**
 * Returns whether two fields may have one response name
 * (https://spec.graphql.org/October2021/#sec-Field-Selection-Merging): if no object has both, only their shapes must agree.
 */
function mayShare(one: NamedField, other: NamedField): boolean {
  const areExclusive = one.types.some((type, level) => {
    const same = other.types[level]
    return type !== undefined && same !== undefined && type !== same
  })
  return one.shape === other.shape && (areExclusive || one.meaning === other.meaning)
}

const objectName = (type: Parent): string | undefined => (isObjectType(type) ? type.name : undefined)

const listFields = (type: Parent): GraphQLField<unknown, unknown>[] =>
  isUnionType(type) ? [] : Object.values(type.getFields())

function printShape(type: GraphQLOutputType): string {
  const named = getNamedType(type)
  return isCompositeType(named) ? String(type).replace(named.name, '') : String(type)
}

type Fragment = { kind: 'inline' | 'typed' | 'named'; type: Parent }

function createFragment(
  schema: GraphQLSchema,
  parent: Parent,
  { form, field }: Choice,
): Fragment | undefined {
  if (isAbstractType(parent) && (isUnionType(parent) || form < 44)) {
    const type = drawItem(`${field}`, overlapping(schema, parent))
    return { kind: form % 4 === 0 ? 'named' : 'typed', type }
  }
  const interfaces = isUnionType(parent) ? [] : parent.getInterfaces()
  const node = interfaces[field % interfaces.length]
  if (form >= 20 && form < 24) return { kind: 'inline', type: parent }
  if (form >= 24 && form < 28) return { kind: 'typed', type: parent }
  if (form >= 28 && form < 30 && node) return { kind: 'typed', type: node }
  if (form >= 30 && form < 33) return { kind: 'named', type: parent }
  if (form >= 34 && form < 40) return { kind: form % 2 ? 'named' : 'inline', type: parent }
  return undefined
}

/** Returns the members of an abstract type, and the abstract types that share one with it. */
function overlapping(schema: GraphQLSchema, parent: Parent): Parent[] {
  const members = isAbstractType(parent) ? schema.getPossibleTypes(parent) : []
  const others = Object.values(schema.getTypeMap()).filter(
    (type) => isAbstractType(type) && members.some((member) => schema.isSubType(type, member)),
  )
  return [...members, ...others.filter(isAbstractType)]
}

/** Returns one of four variables for conditions, so that several conditions share one. */
function conditionVariable(form: number, args: number, variables: Variables): string {
  const name = `on${form % 4}`
  if (!variables.definitions.some((each) => each.startsWith(`$${name}:`))) {
    const hasDefault = args % 2 === 0
    variables.definitions.push(hasDefault ? `$${name}: Boolean = ${args % 4 === 0}` : `$${name}: Boolean!`)
    if (!hasDefault || args % 3 === 0) variables.values[name] = args % 5 < 3
  }
  return `$${name}`
}
