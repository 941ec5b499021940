import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isIntrospectionType,
  isListType,
  isUnionType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type NamedTypeNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'

import type { OperationWithFragments } from './operationFold'

export interface CostOptions {
  schema: GraphQLSchema
  variables: Readonly<Record<string, unknown>>
  /** No list counts as longer than this. */
  maxPageSize: number
}

/** How many items a list is taken to have where nothing says how many. */
const assumedLength = 20

/** The same for lists of introspection, whose nesting is limited: the usual introspection query comes to 10,000 objects. */
const assumedIntrospectionLength = 8

/**
 * The most objects that an operation can bring back. A field's `first`, `last` or `limit` says how long the lists in its
 * object are (`posts(first: 100) { nodes { … } }`), or its own list; every other list counts as 20 long, one of
 * introspection as 8. Fields of one response key count once; @skip and @include are not looked at.
 */
export function computeCost(expandable: OperationWithFragments, options: CostOptions): number {
  const { operation } = expandable
  const { schema, variables, maxPageSize } = options
  const root = schema.getRootType(operation.operation)
  const defaults = defaultsOf(expandable)

  /** `pageSize`: how long the field that led here said that lists are. */
  function ofSelections(
    sets: readonly SelectionSetNode[],
    type: GraphQLCompositeType,
    pageSize?: number,
  ): number {
    let cost = 0
    for (const { parent, fields } of collect(sets, type, expandable.fragments, schema)) {
      const definition = fieldOf(parent, fields)
      const returned = definition && getNamedType(definition.type)
      if (!definition || !isCompositeType(returned)) continue
      const ownSize = sizeOf(fields, definition)
      const isList = isListType(getNullableType(definition.type))
      const assumed = isIntrospectionType(parent) ? assumedIntrospectionLength : assumedLength
      const length = isList ? (ownSize ?? pageSize ?? assumed) : 1
      const below = fields.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []))
      cost += length * (1 + ofSelections(below, returned, isList ? undefined : ownSize))
    }
    return cost
  }

  function sizeOf(
    fields: readonly FieldNode[],
    definition: GraphQLField<unknown, unknown>,
  ): number | undefined {
    const names = definition.args.flatMap(({ name }) => (isSizeArgument(name) ? [name] : []))
    if (names.length === 0) return undefined
    const given = (fields[0]?.arguments ?? []).flatMap(({ name, value }) =>
      names.includes(name.value) ? [numberOf(value)] : [],
    )
    const largest = Math.max(...given.map((size) => size ?? 0))
    return largest > 0 ? Math.min(maxPageSize, largest) : assumedLength
  }

  function numberOf(value: ValueNode): number | undefined {
    if (value.kind === Kind.INT) return Number(value.value)
    if (value.kind !== Kind.VARIABLE) return undefined
    const name = value.name.value
    const given = Object.hasOwn(variables, name) ? variables[name] : defaults.get(name)
    return typeof given === 'number' ? given : undefined
  }

  return root ? ofSelections([operation.selectionSet], root) : 0
}

/** Whether an argument of this name says how long a list is. */
export function isSizeArgument(name: string): boolean {
  return name === 'first' || name === 'last' || name === 'limit'
}

function defaultsOf({ operation }: OperationWithFragments): ReadonlyMap<string, number> {
  return new Map(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }): [string, number][] =>
      defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
    ),
  )
}

function fieldOf(
  parent: GraphQLCompositeType,
  fields: readonly FieldNode[],
): GraphQLField<unknown, unknown> | undefined {
  const name = fields[0]?.name.value ?? ''
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  return isUnionType(parent) ? undefined : parent.getFields()[name]
}

/** Fields that merge into one: of one type, with one response key. */
interface MergedField {
  parent: GraphQLCompositeType
  fields: FieldNode[]
}

function collect(
  sets: readonly SelectionSetNode[],
  type: GraphQLCompositeType,
  fragments: OperationWithFragments['fragments'],
  schema: GraphQLSchema,
): Iterable<MergedField> {
  const merged = new Map<string, MergedField>()
  const opened = new Set<string>()

  function open({ selections }: SelectionSetNode, parent: GraphQLCompositeType): void {
    for (const selection of selections) {
      switch (selection.kind) {
        case Kind.FIELD: {
          const key = `${parent.name}.${selection.alias?.value ?? selection.name.value}`
          const same = merged.get(key)
          if (same) same.fields.push(selection)
          else merged.set(key, { parent, fields: [selection] })
          break
        }
        case Kind.INLINE_FRAGMENT:
          open(selection.selectionSet, narrow(parent, selection.typeCondition))
          break
        case Kind.FRAGMENT_SPREAD: {
          const fragment = fragments.get(selection.name.value)
          if (!fragment || opened.has(fragment.name.value)) break
          opened.add(fragment.name.value)
          open(fragment.selectionSet, narrow(parent, fragment.typeCondition))
          break
        }
      }
    }
  }

  function narrow(parent: GraphQLCompositeType, condition: NamedTypeNode | undefined): GraphQLCompositeType {
    const narrowed = condition && schema.getType(condition.name.value)
    return isCompositeType(narrowed) ? narrowed : parent
  }

  for (const set of sets) open(set, type)
  return merged.values()
}
