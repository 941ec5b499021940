import { Kind, parse, print, visit, type ConstDirectiveNode, type DocumentNode } from 'graphql'

import { createDroppedFieldsCheck } from './droppedFields'
import type { FetchNode, PlanNode, QueryPlan } from './planner'
import { substituteRequiredArguments } from './requiredArguments'
import { restoreFetch } from './restoreFetch'

/** What is done about faults of Apollo's planner (2.14), before it plans and after. */
export interface PlanRepairs {
  /** What to plan with. */
  supergraphSdl: string
  /** Whether that has fields which are none of the clients'. */
  hasSubstituteFields: boolean
  /** @throws GraphQLError for an operation of which the planner has dropped a part */
  repairPlan(plan: QueryPlan, document: DocumentNode, operationName: string | undefined): QueryPlan
}

/**
 * Four faults of the planner:
 *
 * - *A key that a subgraph refuses.* To come back to a subgraph for a field with @requires, the planner takes the first
 *   key that the type has there, be it one with `resolvable: false`. So the keys that are resolvable are put first.
 *   (https://github.com/apollographql/federation/pull/3137 mends it, and is in no 2.14: getLocallySatisfiableKey of
 *   @apollo/query-graphs looks at the key's fields alone.)
 * - *A @requires with arguments, and the same field with other arguments in the client's operation.* The planner takes
 *   one for the other, for their response names are the same
 *   (https://github.com/apollographql/federation/issues/2996, and 2276 there).
 * - *Two @requires of one field with different arguments.* The same; and one representation cannot hold both values
 *   (https://github.com/graphql-hive/federation-gateway-audit/pull/138; upstream has no issue of its own). For both, the
 *   planner is given a supergraph in which a field with the arguments of a @requires is a field of its own; plans are
 *   written back in the subgraphs' terms, with aliases, and a fetch that needs two values under one name becomes two.
 * - *An interface without an object type*: one subgraph has the interface, others an interface object, which none
 *   resolves (https://github.com/graphql-hive/federation-gateway-audit/pull/16; upstream has no issue). There is no type
 *   to plan its fields for, and the planner drops them, and the fields above them that have nothing else below: the
 *   answer would be null, without a word. Such an operation is refused.
 */
export function createPlanRepairs(supergraphSdl: string): PlanRepairs {
  const original = parse(supergraphSdl, { noLocation: true })
  const ordered = putResolvableKeysFirst(original)
  const required = substituteRequiredArguments(ordered)
  const repaired = required?.supergraph ?? ordered
  const requirePlanned = createDroppedFieldsCheck(original)
  return {
    supergraphSdl: repaired === original ? supergraphSdl : print(repaired),
    hasSubstituteFields: required !== undefined,
    repairPlan(plan, document, operationName) {
      requirePlanned?.(plan, document, operationName)
      if (!required || !plan.node) return plan
      return { ...plan, node: mapFetches(plan.node, (fetch) => restoreFetch(fetch, required)) }
    },
  }
}

// ---------------------------------------------------------------- a key that a subgraph refuses

function putResolvableKeysFirst(supergraph: DocumentNode): DocumentNode {
  const reorder = <T extends { directives?: readonly ConstDirectiveNode[] }>(type: T): T | undefined => {
    const { directives = [] } = type
    const first = directives.findIndex(isUnresolvableKey)
    if (first === -1 || directives.slice(first).every((each) => !isKey(each) || isUnresolvableKey(each)))
      return undefined
    const [refused, others] = [
      directives.filter(isUnresolvableKey),
      directives.filter((each) => !isUnresolvableKey(each)),
    ]
    return { ...type, directives: [...others, ...refused] }
  }
  return visit(supergraph, { ObjectTypeDefinition: reorder, InterfaceTypeDefinition: reorder })
}

const isKey = ({ name, arguments: given = [] }: ConstDirectiveNode): boolean =>
  name.value === 'join__type' && given.some((argument) => argument.name.value === 'key')

/** Whether it gives a key with `resolvable: false`: one that the subgraph names entities by, and resolves none. */
export const isUnresolvableKey = (directive: ConstDirectiveNode): boolean =>
  isKey(directive) &&
  (directive.arguments ?? []).some(
    ({ name, value }) => name.value === 'resolvable' && value.kind === Kind.BOOLEAN && !value.value,
  )

// ---------------------------------------------------------------- arguments of @requires

/** A plan with each fetch replaced. What a subscription begins with requires nothing. */
function mapFetches(
  node: NonNullable<QueryPlan['node']>,
  change: (fetch: FetchNode) => PlanNode,
): NonNullable<QueryPlan['node']> {
  if (node.kind !== 'Subscription') return mapNode(node, change)
  const primary = change(node.primary)
  return {
    ...node,
    primary: primary.kind === 'Fetch' ? primary : node.primary,
    ...(node.rest && { rest: mapNode(node.rest, change) }),
  }
}

function mapNode(node: PlanNode, change: (fetch: FetchNode) => PlanNode): PlanNode {
  const map = (each: PlanNode) => mapNode(each, change)
  switch (node.kind) {
    case 'Fetch':
      return change(node)
    case 'Flatten':
      return { ...node, node: map(node.node) }
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(map) }
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause && { ifClause: map(node.ifClause) }),
        ...(node.elseClause && { elseClause: map(node.elseClause) }),
      }
    case 'Defer':
      return {
        ...node,
        primary: { ...node.primary, ...(node.primary.node && { node: map(node.primary.node) }) },
        deferred: node.deferred.map((each) => ({ ...each, ...(each.node && { node: map(each.node) }) })),
      }
  }
}
