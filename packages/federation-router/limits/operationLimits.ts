import {
  GraphQLError,
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

import { fragmentsByName } from '../planning/selections'
import type { FieldSubgraphsLookup } from '../supergraph/fieldSubgraphs'
import { compileCost, type ComputeCost, type OperationWithFragments } from './cost'
import { computePlanningCost, isIntrospectionField } from './planningCost'

/** The limits of one operation. */
export interface OperationLimits {
  /** A limit of the parser, which also bounds the lines of a document. */
  maxTokens: number
  maxDepth: number
  maxAliases: number
  maxDirectives: number
  maxFields: number
  /** See {@link computePlanningCost}. */
  maxPlanningCost: number
  /** The most objects in the response: see {@link compileCost}. */
  maxCost: number
  /** No list counts as longer than this, since subgraphs refuse larger pages. */
  maxPageSize: number
}

interface LimitedOperation {
  document: DocumentNode
  operation: OperationDefinitionNode
  schema: GraphQLSchema
  getFieldSubgraphs: FieldSubgraphsLookup
}

/** Throws QUERY_TOO_COMPLEX for variables with which the operation would return too many objects. */
export type RequireAffordable = (variables: Readonly<Record<string, unknown>>) => void

/**
 * Applies the limits that depend on the operation alone, before it is planned.
 *
 * @returns the check of the one limit that depends on its variables
 * @throws QUERY_TOO_COMPLEX with the count and the limit
 */
export function requireWithinLimits(
  { document, operation, schema, getFieldSubgraphs }: LimitedOperation,
  limits: OperationLimits,
): RequireAffordable {
  requireAtMost('directives', countDirectives(document), limits.maxDirectives)
  const expanded = { operation, fragments: fragmentsByName(document) }
  requireAtMost('levels of fields', computeDepth(expanded), limits.maxDepth)
  requireAtMost('aliases', countAliases(expanded), limits.maxAliases)
  requireAtMost('fields', countFields(expanded), limits.maxFields)
  const planningCost = computePlanningCost(expanded, schema, getFieldSubgraphs)
  requireAtMost('fields times subgraphs to plan', planningCost, limits.maxPlanningCost)
  // Compiled at the first use, which a subscription and an invalid variable do not reach.
  let computeOperationCost: ComputeCost | undefined
  return (variables) => {
    computeOperationCost ??= compileCost(expanded, document, schema, limits.maxPageSize)
    requireAtMost('objects in the response', computeOperationCost(variables), limits.maxCost)
  }
}

function requireAtMost(unit: string, count: number, limit: number): void {
  if (count <= limit) return
  throw new GraphQLError(`The operation has up to ${count} ${unit}; at most ${limit} are allowed.`, {
    extensions: { code: 'QUERY_TOO_COMPLEX', http: { status: 400 } },
  })
}

/** Returns the number of directives that a document uses. */
export function countDirectives(document: DocumentNode): number {
  let count = 0
  visit(document, { Directive: () => void count++ })
  return count
}

/** Returns the number of nested fields; `{ a { b } }` has 2. */
function computeDepth(operation: OperationWithFragments): number {
  const maximum = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 0)
  return foldOperation(operation, (field, below) => (isIntrospectionField(field) ? 0 : 1 + below), maximum)
}

/** Returns the number of aliased fields, those of a fragment counted for each spread. */
function countAliases(operation: OperationWithFragments): number {
  return foldOperation(operation, (field, below) => (field.alias ? 1 : 0) + below, sum)
}

/**
 * Returns the number of fields, those of a fragment counted for each spread, as the planner expands them. Fragments that
 * spread each other turn a few lines into millions of fields.
 */
function countFields(operation: OperationWithFragments): number {
  return foldOperation(operation, (_field, below) => 1 + below, sum)
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/**
 * Folds an operation with all fragments expanded, in time proportional to the length of the document: a fragment is
 * folded once for all of its spreads.
 *
 * @param foldField the value of a field, given that of its selections (0 for a leaf)
 * @param join the value of several selections of one set
 */
function foldOperation(
  { operation, fragments }: OperationWithFragments,
  foldField: (field: FieldNode, selections: number) => number,
  join: (values: readonly number[]) => number,
): number {
  const folded = new Map<string, number>()

  function foldFragment(name: string): number {
    const fragment = fragments.get(name)
    const value = folded.get(name) ?? (fragment ? foldSelections(fragment.selectionSet) : 0)
    folded.set(name, value)
    return value
  }

  function foldSelections({ selections }: SelectionSetNode): number {
    return join(
      selections.map((selection) => {
        switch (selection.kind) {
          case Kind.FIELD:
            return foldField(selection, selection.selectionSet ? foldSelections(selection.selectionSet) : 0)
          case Kind.INLINE_FRAGMENT:
            return foldSelections(selection.selectionSet)
          case Kind.FRAGMENT_SPREAD:
            return foldFragment(selection.name.value)
        }
      }),
    )
  }

  return foldSelections(operation.selectionSet)
}
