import {
  getNamedType,
  isCompositeType,
  isUnionType,
  Kind,
  OperationTypeNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type NamedTypeNode,
  type SelectionSetNode,
} from 'graphql'

import { narrowType } from '../planning/narrowType'
import { forEachField } from '../planning/selections'
import type { FieldSubgraphsLookup } from '../supergraph/fieldSubgraphs'
import type { OperationWithFragments } from './cost'

/** Introspection is limited by a rule of graphql-js, MaxIntrospectionDepthRule. */
export function isIntrospectionField(field: FieldNode): boolean {
  return field.name.value.startsWith('__')
}

/** The object of a selection: its type, and the subgraphs that may have resolved it. */
interface Parent {
  type: GraphQLCompositeType
  resolvedBy: readonly string[]
}

/**
 * Returns an upper bound of the planner's work for an operation: the number of its fields, those of a fragment counted
 * for each spread, times the number of subgraphs that they need. The planner plans the root fields of a mutation one
 * after the other, each together with all fields before it, so that a field counts once for itself and once for each
 * root field after its own.
 *
 * Takes time proportional to the length of the document, for each set of subgraphs that resolve the objects of its
 * fragments.
 */
export function computePlanningCost(
  { operation, fragments }: OperationWithFragments,
  schema: GraphQLSchema,
  getFieldSubgraphs: FieldSubgraphsLookup,
): number {
  const needed = new Set<string>()
  const fieldsOfFragment = new Map<string, number>()

  function countSelections(set: SelectionSetNode, parent: Parent): number {
    let count = 0
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) count += countField(selection, parent)
      else if (selection.kind === Kind.FRAGMENT_SPREAD) count += countFragment(selection.name.value, parent)
      else count += countSelections(selection.selectionSet, narrow(parent, selection.typeCondition))
    }
    return count
  }

  function countField(field: FieldNode, { type, resolvedBy }: Parent): number {
    // Introspection is not planned.
    if (isIntrospectionField(field)) return 0
    const able = getFieldSubgraphs(type.name, field.name.value)
    const reachable = able.filter((subgraph) => resolvedBy.includes(subgraph))
    if (reachable.length === 0) for (const subgraph of able) needed.add(subgraph)
    const definition = isUnionType(type) ? undefined : type.getFields()[field.name.value]
    const returned = definition && getNamedType(definition.type)
    if (!field.selectionSet || !isCompositeType(returned)) return 1
    const parent = { type: returned, resolvedBy: reachable.length > 0 ? reachable : able }
    return 1 + countSelections(field.selectionSet, parent)
  }

  function countFragment(name: string, parent: Parent): number {
    // The subgraphs that a fragment needs depend on the subgraphs that resolve its object.
    const key = `${name} ${parent.resolvedBy.join()}`
    const cached = fieldsOfFragment.get(key)
    if (cached !== undefined) return cached
    const fragment = fragments.get(name)
    if (!fragment) return 0
    const count = countSelections(fragment.selectionSet, narrow(parent, fragment.typeCondition))
    fieldsOfFragment.set(key, count)
    return count
  }

  function narrow(parent: Parent, condition: NamedTypeNode | undefined): Parent {
    return { ...parent, type: narrowType(schema, parent.type, condition) }
  }

  const type = schema.getRootType(operation.operation)
  if (!type) return 0
  const root: Parent = { type, resolvedBy: [] }
  let planned = 0
  if (operation.operation === OperationTypeNode.MUTATION) {
    let fieldsSoFar = 0
    forEachField(operation.selectionSet, fragments, (field) => {
      fieldsSoFar += countField(field, root)
      planned += fieldsSoFar
    })
  } else planned = countSelections(operation.selectionSet, root)
  return planned * Math.max(1, needed.size)
}
