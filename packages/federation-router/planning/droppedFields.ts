import {
  buildASTSchema,
  getNamedType,
  getOperationAST,
  GraphQLError,
  isInterfaceType,
  isObjectType,
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'

import { readConditions } from './conditions'
import { parseFetchSelection } from './fetchSelection'
import type { FetchNode, QueryPlan } from './apolloPlanner'
import { listFetches } from './planVisitor'
import { forEachField, fragmentsByName, getResponseKey } from './selections'

/** @throws GraphQLError for an operation of which the plan does not fetch every field */
type DroppedFieldsCheck = (plan: QueryPlan, document: DocumentNode, operationName: string | undefined) => void

/**
 * Creates a check that plans fetch the fields that the planner may drop: fields of interfaces without object types, and
 * fields that return such an interface (see `createPlanRepairs`).
 *
 * @returns undefined for a supergraph without such an interface
 */
export function createDroppedFieldsCheck(supergraph: DocumentNode): DroppedFieldsCheck | undefined {
  if (!hasInterfaceWithoutObjects(supergraph)) return undefined
  const schema = buildASTSchema(supergraph, { assumeValid: true, assumeValidSDL: true })
  return ({ node }, document, operationName) => {
    const planned = new Set(
      listFetches(node).flatMap((fetch) => fetch.paths.flatMap((path) => plannedPaths(fetch.node, path))),
    )
    for (const { field, path } of findDroppableFields(schema, document, operationName)) {
      if (planned.has(toText(path))) continue
      throw new GraphQLError(`No subgraph can resolve the field "${field.name.value}" here.`, {
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

/** Response keys from the root down, without list items. */
type KeyPath = readonly string[]

const toText = (path: KeyPath): string => path.join('.')
const isKey = (element: string | number): element is string =>
  typeof element === 'string' && element !== '@' && !element.startsWith('... on ')

interface DroppableField {
  field: FieldNode
  path: KeyPath
}

/** Finds the fields that the planner may drop, except those whose conditions exclude each other. */
function findDroppableFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): DroppableField[] {
  const operation = getOperationAST(document, operationName)
  const fragments = fragmentsByName(document)
  const found: DroppableField[] = []
  const hasNoObjects = (type: GraphQLNamedType | undefined) =>
    isInterfaceType(type) && schema.getPossibleTypes(type).length === 0

  function search(
    set: SelectionSetNode,
    declaredType: GraphQLNamedType | undefined,
    above: KeyPath,
    required: RequiredConditions,
  ): void {
    forEachField(set, fragments, (field, { typeCondition, directives }) => {
      const conditions = combineConditions(required, [...directives, ...(field.directives ?? [])])
      if (!conditions || field.name.value.startsWith('__')) return
      const parent = typeCondition === undefined ? declaredType : schema.getType(typeCondition)
      const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {}
      const type = fields[field.name.value]?.type
      const named = type && getNamedType(type)
      const path = [...above, getResponseKey(field)]
      if (hasNoObjects(parent) || hasNoObjects(named)) found.push({ field, path })
      if (field.selectionSet) search(field.selectionSet, named, path, conditions)
    })
  }

  if (operation)
    search(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, [], new Map())
  return found
}

/** The values that variables must have for a selection to be included. */
type RequiredConditions = ReadonlyMap<string, boolean>

/** Returns undefined when a variable must have both values. */
function combineConditions(
  required: RequiredConditions,
  directives: readonly DirectiveNode[],
): RequiredConditions | undefined {
  const all = new Map(required)
  for (const { includedWhen, if: condition } of readConditions(directives)) {
    if (!('variable' in condition)) continue
    if ((all.get(condition.variable) ?? includedWhen) !== includedWhen) return undefined
    all.set(condition.variable, includedWhen)
  }
  return all
}

/** Returns the paths of all fields that a fetch contributes to the response. */
function plannedPaths(fetch: FetchNode, fetchPath: readonly (string | number)[]): string[] {
  const { outputRewrites = [] } = fetch
  const renamed = new Map(
    outputRewrites.flatMap((each): [string, string][] =>
      each.kind === 'KeyRenamer' ? [[toText(each.path.filter(isKey)), each.renameKeyTo]] : [],
    ),
  )
  const paths: string[] = []
  const selection = parseFetchSelection(fetch)
  if (!selection) return paths
  const { set: root, fragments } = selection

  function add(set: SelectionSetNode, sentAbove: KeyPath, above: KeyPath): void {
    forEachField(set, fragments, (field) => {
      const sent = [...sentAbove, getResponseKey(field)]
      const path = [...above, renamed.get(toText(sent)) ?? getResponseKey(field)]
      paths.push(toText(path))
      if (field.selectionSet) add(field.selectionSet, sent, path)
    })
  }

  add(root, [], fetchPath.filter(isKey))
  return paths
}
