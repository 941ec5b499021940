import fc from 'fast-check'
import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'

import { draw, pick } from './draw'
import { writeValue, type Variables } from './inputValue'

/** A selection before it knows its type: numbers that are read as choices, the smaller the plainer. */
export interface Choice {
  /** Which field. */
  field: number
  /** How it is written: alone, in a fragment, with a condition … */
  form: number
  /** From which its arguments are drawn; 0 for none that can be left out. */
  args: number
  children: readonly Choice[]
}

export interface RandomOperation {
  text: string
  variables: Record<string, unknown>
}

/** Trees of choices. fast-check shrinks them by leaving out and making plainer. */
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

type Parent = GraphQLObjectType | GraphQLInterfaceType

/** Writes the operation that the choices stand for. It is always valid: names that would clash get an alias. */
export function writeOperation(
  schema: GraphQLSchema,
  kind: 'query' | 'mutation',
  list: readonly Choice[],
): RandomOperation {
  const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType()
  if (!root) throw new Error(`The schema has no ${kind}`)
  const variables: Variables = { definitions: [], values: {} }
  const fragments: string[] = []
  /** What each response name at each path stands for. */
  const taken = new Map<string, string>()

  function selections(parent: Parent, nodes: readonly Choice[], path: string): string {
    const written = nodes.map((node) => selection(parent, node, path))
    return `{ ${written.length > 0 ? written.join(' ') : plainest(parent, path)} }`
  }

  function plainest(parent: Parent, path: string): string {
    return parent.getFields()['id'] ? named(path, 'id', '') : '__typename'
  }

  function selection(parent: Parent, node: Choice, path: string): string {
    const fragment = fragmentOf(parent, node)
    if (fragment && node.children.length > 0) {
      const inner = selections(fragment.type, node.children, path)
      const directives = condition(node)
      if (fragment.kind === 'inline') return `... ${directives} ${inner}`
      if (fragment.kind === 'typed') return `... on ${fragment.type.name} ${directives} ${inner}`
      const name = `F${fragments.length}`
      fragments.push(`fragment ${name} on ${fragment.type.name} ${inner}`)
      return `...${name} ${directives}`
    }
    const fields = Object.values(parent.getFields())
    const field = node.form === 50 ? undefined : fields[node.field % fields.length]
    if (!field) return named(path, '__typename', '')
    return writeField(field, node, path)
  }

  function writeField(field: GraphQLField<unknown, unknown>, node: Choice, path: string): string {
    const args = writeArguments(field.args, node.args)
    const alias = node.form >= 51 ? pick(`${node.form} ${node.field}`, aliases) : undefined
    const head = named(path, field.name, args, alias)
    const type = getNamedType(field.type)
    const directives = condition(node)
    if (!isObjectType(type) && !isInterfaceType(type)) return `${head} ${directives}`
    const responseName = head.slice(0, Math.max(head.search(/[:(]/), 0)) || head
    return `${head} ${directives} ${selections(type, node.children, `${path}.${responseName}`)}`
  }

  /** `name`, or `alias: name` when it is asked for, or else when the name stands for something else here. */
  function named(path: string, name: string, args: string, alias?: string): string {
    const meaning = `${name}${args}`
    let response = alias ?? name
    for (let count = 0; (taken.get(`${path}.${response}`) ?? meaning) !== meaning; count++) {
      response = `${name}${count}`
    }
    taken.set(`${path}.${response}`, meaning)
    return response === name ? meaning : `${response}:${meaning}`
  }

  function writeArguments(args: readonly GraphQLArgument[], seed: number): string {
    const written = args
      .filter((arg) => isRequiredArgument(arg) || (seed > 0 && draw(`${seed} ${arg.name}`) < 0.3))
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

  const body = selections(root, list, '')
  const { definitions, values } = variables
  const head = definitions.length > 0 ? `${kind} Random(${definitions.join(', ')})` : `${kind} Random`
  return { text: [`${head} ${body}`, ...fragments].join('\n'), variables: values }
}

// Names that are no field's, names of the language, and names that are other fields'.
const aliases = ['a', 'b', 'data', 'constructor', '__proto__', 'toString', 'length', 'title', 'author', '_0']

type Fragment = { kind: 'inline' | 'typed' | 'named'; type: Parent }

function fragmentOf(parent: Parent, { form }: Choice): Fragment | undefined {
  const node = parent.getInterfaces()[0]
  if (form >= 20 && form < 24) return { kind: 'inline', type: parent }
  if (form >= 24 && form < 28) return { kind: 'typed', type: parent }
  if (form >= 28 && form < 30 && node) return { kind: 'typed', type: node }
  if (form >= 30 && form < 33) return { kind: 'named', type: parent }
  if (form >= 34 && form < 40) return { kind: form % 2 ? 'named' : 'inline', type: parent }
  return undefined
}

/** One of four variables that conditions share, so that several depend on one. */
function conditionVariable(form: number, args: number, variables: Variables): string {
  const name = `on${form % 4}`
  if (!variables.definitions.some((each) => each.startsWith(`$${name}:`))) {
    const hasDefault = args % 2 === 0
    variables.definitions.push(hasDefault ? `$${name}: Boolean = ${args % 4 === 0}` : `$${name}: Boolean!`)
    if (!hasDefault || args % 3 === 0) variables.values[name] = args % 5 < 3
  }
  return `$${name}`
}
