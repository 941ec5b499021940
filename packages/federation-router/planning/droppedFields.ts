import {
  buildASTSchema,
  getNamedType,
  getOperationAST,
  GraphQLError,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

import type { FetchNode, PlanNode, QueryPlan } from './planner'

/** @throws GraphQLError for an operation of which the plan has dropped a part */
export type DroppedFieldsCheck = (
  plan: QueryPlan,
  document: DocumentNode,
  operationName: string | undefined,
) => void

/**
 * Looks for the fields of interfaces without object types, and for those that lead to one: what the planner drops (see
 * `createRepairs`). Undefined for a supergraph without such an interface.
 */
export function createDroppedFieldsCheck(supergraph: DocumentNode): DroppedFieldsCheck | undefined {
  if (!hasInterfaceWithoutObjects(supergraph)) return undefined
  const schema = buildASTSchema(supergraph, { assumeValid: true, assumeValidSDL: true })
  return ({ node }, document, operationName) => {
    const planned = new Set<string>()
    addPlanned(node, [], planned)
    for (const { field, path } of askedOf(schema, document, operationName)) {
      if (planned.has(textOf(path))) continue
      throw new GraphQLError(`No subgraph can answer what is asked of "${field.name.value}".`, {
        nodes: field,
      })
    }
  }
}

function hasInterfaceWithoutObjects({ definitions }: DocumentNode): boolean {
  const implemented = new Set(
    definitions.flatMap((each) =>
      each.kind === Kind.OBJECT_TYPE_DEFINITION ? (each.interfaces ?? []).map(({ name }) => name.value) : [],
    ),
  )
  return definitions.some(
    (each) => each.kind === Kind.INTERFACE_TYPE_DEFINITION && !implemented.has(each.name.value),
  )
}

/** Response keys, from the root down; lists have none. */
type Keys = readonly string[]

const textOf = (path: Keys): string => path.join('.')
const isKey = (element: string | number): element is string =>
  typeof element === 'string' && element !== '@' && !element.startsWith('... on ')

/** A field of a selection, be it in fragments: what the nearest of them is on, and the directives of all of them. */
type Opened = { field: FieldNode; from: string | undefined; directives: readonly DirectiveNode[] }

function fieldsOf(
  { selections }: SelectionSetNode,
  document: DocumentNode,
  from?: string,
  around: readonly DirectiveNode[] = [],
): Opened[] {
  return selections.flatMap((each: SelectionNode): Opened[] => {
    const directives = [...around, ...(each.directives ?? [])]
    if (each.kind === Kind.FIELD) return [{ field: each, from, directives }]
    const fragment =
      each.kind === Kind.INLINE_FRAGMENT
        ? each
        : document.definitions.find(
            (other) => other.kind === Kind.FRAGMENT_DEFINITION && other.name.value === each.name.value,
          )
    if (!fragment || !('selectionSet' in fragment)) return []
    const condition = 'typeCondition' in fragment ? fragment.typeCondition?.name.value : undefined
    return fieldsOf(fragment.selectionSet, document, condition ?? from, directives)
  })
}

const keyOf = ({ alias, name }: FieldNode): string => alias?.value ?? name.value

// ---------------------------------------------------------------- what is asked for

/** The fields that may be dropped, whatever their depth. What no values of the variables include is left out. */
function askedOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): { field: FieldNode; path: Keys }[] {
  const operation = getOperationAST(document, operationName)
  const isEmpty = (type: GraphQLNamedType | undefined) =>
    isInterfaceType(type) && schema.getPossibleTypes(type).length === 0

  function open(set: SelectionSetNode, around: GraphQLNamedType | undefined, above: Keys, when: Conditions) {
    return fieldsOf(set, document).flatMap(
      ({ field, from, directives }): { field: FieldNode; path: Keys }[] => {
        const conditions = narrowed(when, directives)
        if (!conditions || field.name.value.startsWith('__')) return []
        const parent = from === undefined ? around : schema.getType(from)
        const known = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {}
        const type = known[field.name.value]?.type
        const named = type && getNamedType(type)
        const path = [...above, keyOf(field)]
        const own = isEmpty(parent) || isEmpty(named) ? [{ field, path }] : []
        return [...own, ...(field.selectionSet ? open(field.selectionSet, named, path, conditions) : [])]
      },
    )
  }

  if (!operation) return []
  const root = schema.getRootType(operation.operation) ?? undefined
  return open(operation.selectionSet, root, [], new Map())
}

/** The values that variables must have. */
type Conditions = ReadonlyMap<string, boolean>

/** Undefined when a variable must have both. */
function narrowed(conditions: Conditions, directives: readonly DirectiveNode[]): Conditions | undefined {
  const all = new Map(conditions)
  for (const { name, arguments: given = [] } of directives) {
    if (name.value !== 'skip' && name.value !== 'include') continue
    const isIncluded = name.value === 'include'
    for (const { value } of given) {
      if (value.kind !== Kind.VARIABLE) continue
      if ((all.get(value.name.value) ?? isIncluded) !== isIncluded) return undefined
      all.set(value.name.value, isIncluded)
    }
  }
  return all
}

// ---------------------------------------------------------------- what is planned

function addPlanned(node: QueryPlan['node'], path: Keys, into: Set<string>): void {
  const add = (each: PlanNode | undefined) => addPlanned(each, path, into)
  switch (node?.kind) {
    case undefined:
      return
    case 'Fetch':
      return addFetched(node, path, into)
    case 'Flatten':
      return addPlanned(node.node, [...path, ...node.path.filter(isKey)], into)
    case 'Sequence':
    case 'Parallel':
      return node.nodes.forEach(add)
    case 'Condition':
      return [node.ifClause, node.elseClause].forEach(add)
    case 'Defer':
      return [node.primary, ...node.deferred].forEach((each) => add(each.node))
    case 'Subscription':
      return [node.primary, node.rest].forEach(add)
  }
}

function addFetched({ operation, requires, outputRewrites = [] }: FetchNode, path: Keys, into: Set<string>) {
  const document = parse(operation, { noLocation: true })
  const renamed = new Map(
    outputRewrites.flatMap((each): [string, string][] =>
      each.kind === 'KeyRenamer' ? [[textOf(each.path.filter(isKey)), each.renameKeyTo]] : [],
    ),
  )

  function open(set: SelectionSetNode, own: Keys, above: Keys): void {
    for (const { field } of fieldsOf(set, document)) {
      const sent = [...own, keyOf(field)]
      const here = [...above, renamed.get(textOf(sent)) ?? keyOf(field)]
      into.add(textOf(here))
      if (field.selectionSet) open(field.selectionSet, sent, here)
    }
  }

  const set = getOperationAST(document)?.selectionSet
  const entities = set && requires ? fieldsOf(set, document)[0]?.field.selectionSet : set
  if (entities) open(entities, [], path)
}
