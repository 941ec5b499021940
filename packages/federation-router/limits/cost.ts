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
  visit,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import { LRUCache } from 'lru-cache'

import { getResponseKey, type FragmentsByName } from '../planning/selections'
import { forEachTypedField } from '../planning/typedFields'

/** An operation with the fragments of its document. The document is valid: no fragment contains itself. */
export interface OperationWithFragments {
  operation: OperationDefinitionNode
  fragments: FragmentsByName
}

interface CostOptions {
  schema: GraphQLSchema
  variables: Readonly<Record<string, unknown>>
  /** No list counts as longer than this. */
  maxPageSize: number
}

/** The assumed length of a list without a size argument. */
const assumedLength = 20

/** The same for lists of introspection, whose nesting is limited: the usual introspection query has 10,000 objects. */
const assumedIntrospectionLength = 8

/** Returns the cost of an operation with these variables: see {@link computeCost}. */
export type ComputeCost = (variables: Readonly<Record<string, unknown>>) => number

/** How many costs of one operation are cached. */
const maxCachedCosts = 100

/**
 * Compiles the cost of an operation as a function of its variables. Costs are cached by the variables that determine the
 * length of lists, since clients send few different values.
 */
export function compileCost(
  expanded: OperationWithFragments,
  document: DocumentNode,
  schema: GraphQLSchema,
  maxPageSize: number,
): ComputeCost {
  const names = [...sizeVariables(document)]
  const computeOperationCost: ComputeCost = (variables) =>
    computeCost(expanded, { schema, variables, maxPageSize })
  if (names.length === 0) {
    let only: number | undefined
    return (variables) => (only ??= computeOperationCost(variables))
  }
  const costs = new LRUCache<string, number>({ max: maxCachedCosts })
  return (variables) => {
    let key = ''
    for (const name of names) {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined
      key += typeof value === 'number' ? `${value} ` : value === undefined ? 'default ' : 'other '
    }
    let cost = costs.get(key)
    if (cost === undefined) {
      cost = computeOperationCost(variables)
      costs.set(key, cost)
    }
    return cost
  }
}

function sizeVariables(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>()
  visit(document, {
    Argument({ name, value }) {
      if (isSizeArgument(name.value) && value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return names
}

/**
 * Returns the most objects that an operation can return. The argument `first`, `last` or `limit` of a field is the length
 * of the lists in its object (`posts(first: 100) { nodes { … } }`), or of its own list; any other list counts as 20 long, one
 * of introspection as 8. Fields with the same response key count once; @skip and @include are ignored.
 */
export function computeCost(expanded: OperationWithFragments, options: CostOptions): number {
  const { operation } = expanded
  const { schema, variables, maxPageSize } = options
  const root = schema.getRootType(operation.operation)
  const defaults = readDefaults(expanded)

  /** @param pageSize the length that the parent field has set for lists */
  function computeSelectionsCost(
    sets: readonly SelectionSetNode[],
    type: GraphQLCompositeType,
    pageSize?: number,
  ): number {
    let cost = 0
    for (const { parent, fields } of collect(sets, type, expanded.fragments, schema)) {
      const definition = findField(parent, fields)
      const returned = definition && getNamedType(definition.type)
      if (!definition || !isCompositeType(returned)) continue
      const ownSize = estimateSize(fields, definition)
      const isList = isListType(getNullableType(definition.type))
      const assumed = isIntrospectionType(parent) ? assumedIntrospectionLength : assumedLength
      const length = isList ? (ownSize ?? pageSize ?? assumed) : 1
      const below = fields.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []))
      cost += length * (1 + computeSelectionsCost(below, returned, isList ? undefined : ownSize))
    }
    return cost
  }

  function estimateSize(
    fields: readonly FieldNode[],
    definition: GraphQLField<unknown, unknown>,
  ): number | undefined {
    const names = definition.args.flatMap(({ name }) => (isSizeArgument(name) ? [name] : []))
    if (names.length === 0) return undefined
    const given = (fields[0]?.arguments ?? []).flatMap(({ name, value }) =>
      names.includes(name.value) ? [readNumber(value)] : [],
    )
    const largest = Math.max(...given.map((size) => size ?? 0))
    return largest > 0 ? Math.min(maxPageSize, largest) : assumedLength
  }

  function readNumber(value: ValueNode): number | undefined {
    if (value.kind === Kind.INT) return Number(value.value)
    if (value.kind !== Kind.VARIABLE) return undefined
    const name = value.name.value
    const given = Object.hasOwn(variables, name) ? variables[name] : defaults.get(name)
    return typeof given === 'number' ? given : undefined
  }

  return root ? computeSelectionsCost([operation.selectionSet], root) : 0
}

/** Returns whether an argument of this name sets the length of a list. */
function isSizeArgument(name: string): boolean {
  return name === 'first' || name === 'last' || name === 'limit'
}

function readDefaults({ operation }: OperationWithFragments): ReadonlyMap<string, number> {
  return new Map(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }): [string, number][] =>
      defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
    ),
  )
}

function findField(
  parent: GraphQLCompositeType,
  fields: readonly FieldNode[],
): GraphQLField<unknown, unknown> | undefined {
  const name = fields[0]?.name.value ?? ''
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  return isUnionType(parent) ? undefined : parent.getFields()[name]
}

/** Fields that merge into one: of the same type, with the same response key. */
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
  const options = { schema, fragments, visited: new Set<string>() }
  for (const set of sets)
    forEachTypedField(set, type, options, (field, parent) => {
      const key = `${parent.name}.${getResponseKey(field)}`
      const same = merged.get(key)
      if (same) same.fields.push(field)
      else merged.set(key, { parent, fields: [field] })
    })
  return merged.values()
}
