import type { PlanNode } from './apolloPlanner'

/** Changes the parts of a node whose parts are alternatives, or are delivered separately. */
export function mapBranches(
  node: Extract<PlanNode, { kind: 'Condition' | 'Defer' }>,
  change: (part: PlanNode) => PlanNode,
): PlanNode {
  if (node.kind === 'Condition')
    return {
      ...node,
      ...(node.ifClause && { ifClause: change(node.ifClause) }),
      ...(node.elseClause && { elseClause: change(node.elseClause) }),
    }
  return {
    ...node,
    primary: { ...node.primary, ...(node.primary.node && { node: change(node.primary.node) }) },
    deferred: node.deferred.map((part) => ({ ...part, ...(part.node && { node: change(part.node) }) })),
  }
}
