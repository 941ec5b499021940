import { parse, print, visit, type ConstDirectiveNode, type DocumentNode } from 'graphql'

import { isKeyDirective, isUnresolvableKey, type ComposedType } from '../supergraph/joinDirectives'
import { createDroppedFieldsCheck } from './droppedFields'
import type { QueryPlan } from './apolloPlanner'
import { mapFetches } from './planVisitor'
import { substituteRequiredArguments } from './requiredArguments'
import { restoreFetch } from './restoreFetch'

/** Workarounds for faults of Apollo's planner (2.14), applied to the supergraph before planning and to plans afterwards. */
interface PlanRepairs {
  /** The supergraph to plan with. */
  supergraphSdl: string
  /** Whether that supergraph has fields that clients cannot select. */
  hasSubstituteFields: boolean
  /** @throws GraphQLError for an operation of which the planner has dropped a field */
  repairPlan(plan: QueryPlan, document: DocumentNode, operationName: string | undefined): QueryPlan
}

/**
 * Works around four faults of the planner:
 *
 * - *Unresolvable keys.* To return to a subgraph for a field with @requires, the planner uses the first key of the type in that
 *   subgraph, even one with `resolvable: false`. Therefore resolvable keys are put first.
 *   (https://github.com/apollographql/federation/pull/3137 fixes it, and is in no 2.14: getLocallySatisfiableKey of
 *   @apollo/query-graphs only considers the fields of the key.)
 * - *A @requires with arguments, and the same field with other arguments in the client's operation.* The planner confuses
 *   them, since they have the same response name (https://github.com/apollographql/federation/issues/2996, and 2276 there).
 * - *Two @requires of one field with different arguments.* The same; moreover, one representation cannot hold both values
 *   (https://github.com/graphql-hive/federation-gateway-audit/pull/138; upstream has no issue). For both faults, the planner
 *   gets a supergraph in which a field with the arguments of a @requires is a field of its own; plans are translated back to
 *   the fields of the subgraphs, with aliases, and a fetch that needs two values under one name becomes two fetches.
 * - *An interface without an object type*: one subgraph has the interface, others an interface object, which none resolves
 *   (https://github.com/graphql-hive/federation-gateway-audit/pull/16; upstream has no issue). The planner has no type to plan
 *   its fields for, and drops them together with parents that select nothing else: the response would be null without an
 *   error. Such an operation is rejected.
 */
export function createPlanRepairs(supergraphSdl: string): PlanRepairs {
  const original = parse(supergraphSdl, { noLocation: true })
  const ordered = putResolvableKeysFirst(original)
  const required = substituteRequiredArguments(ordered)
  const repaired = required?.supergraph ?? ordered
  const requireAllFields = createDroppedFieldsCheck(original)
  return {
    supergraphSdl: repaired === original ? supergraphSdl : print(repaired),
    hasSubstituteFields: required !== undefined,
    repairPlan(plan, document, operationName) {
      requireAllFields?.(plan, document, operationName)
      if (!required || !plan.node) return plan
      return { ...plan, node: mapFetches(plan.node, (fetch) => restoreFetch(fetch, required)) }
    },
  }
}

function putResolvableKeysFirst(supergraph: DocumentNode): DocumentNode {
  const reorder = (type: ComposedType): ComposedType | undefined => {
    const { directives = [] } = type
    const first = directives.findIndex(isUnresolvableKey)
    if (first === -1 || !directives.slice(first).some(isResolvableKey)) return undefined
    const unresolvable = directives.filter(isUnresolvableKey)
    return {
      ...type,
      directives: [...directives.filter((each) => !isUnresolvableKey(each)), ...unresolvable],
    }
  }
  return visit(supergraph, { ObjectTypeDefinition: reorder, InterfaceTypeDefinition: reorder })
}

const isResolvableKey = (directive: ConstDirectiveNode): boolean =>
  isKeyDirective(directive) && !isUnresolvableKey(directive)
