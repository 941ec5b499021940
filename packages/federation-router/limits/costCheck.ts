import { Kind, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql'
import { LRUCache } from 'lru-cache'

import { forEachSelection } from '../planning/selections'
import { computeCost, isSizeArgument } from './operationCost'
import { toOperationWithFragments } from './operationFold'

export interface CostCheckOptions {
  schema: GraphQLSchema
  maxPageSize: number
  maxCost: number
}

/** Whether an operation with these variables is within the limit of cost. */
export type CostCheck = (variables: Readonly<Record<string, unknown>>) => boolean

/** For how many combinations of values the answer is remembered. */
const maxKnown = 100

/**
 * Whether an operation is within the limit of cost, variables by variables. Only those that say how long lists are
 * count, and clients give them the same few values.
 */
export function compileCostCheck(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  { schema, maxPageSize, maxCost }: CostCheckOptions,
): CostCheck {
  const expandable = toOperationWithFragments(document, operation)
  const names = [...sizeVariables(document)]
  const isWithinLimit: CostCheck = (variables) =>
    computeCost(expandable, { schema, variables, maxPageSize }) <= maxCost
  if (names.length === 0) {
    let only: boolean | undefined
    return (variables) => (only ??= isWithinLimit(variables))
  }
  const known = new LRUCache<string, boolean>({ max: maxKnown })
  return (variables) => {
    let key = ''
    for (const name of names) {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined
      key += typeof value === 'number' ? `${value} ` : value === undefined ? 'default ' : 'other '
    }
    let isWithin = known.get(key)
    if (isWithin === undefined) {
      isWithin = isWithinLimit(variables)
      known.set(key, isWithin)
    }
    return isWithin
  }
}

function sizeVariables(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>()
  forEachSelection(document, (selection) => {
    if (selection.kind !== Kind.FIELD) return
    for (const { name, value } of selection.arguments ?? [])
      if (isSizeArgument(name.value) && value.kind === Kind.VARIABLE) names.add(value.name.value)
  })
  return names
}
