import type { FetchNode, FlattenNode, PlanNode, QueryPlan, ResponsePath } from './apolloPlanner'
import { mapBranches } from './planBranches'
import { countBranches, listPaths } from './mergedFetches'

/** How a value is computed from a plan, bottom up. */
interface PlanFold<Result> {
  /** The value of an absent part of the plan. */
  empty: Result
  /**
   * Called for each occurrence of a fetch.
   *
   * @param paths the response paths of the objects that the fetch extends: several for a merged fetch
   * @param branchCount the number of its occurrences: several for a shared fetch (see `shareFetches`)
   */
  fetch(node: FetchNode, paths: readonly ResponsePath[], branchCount: number): Result
  sequence(parts: readonly Result[]): Result
  parallel(parts: readonly Result[]): Result
  /** @param variable the condition of the plan node */
  condition(variable: string, ifClause: () => Result, elseClause: () => Result): Result
  /** A sequence unless given. */
  defer?(): Result
}

/**
 * Folds a plan. The parts of @defer are a sequence: the response is complete, and deferred parts may depend on the primary
 * one. So is a subscription: its primary fetch comes first.
 */
export function foldPlan<Result>(
  node: QueryPlan['node'],
  fold: PlanFold<Result>,
  paths: readonly ResponsePath[] = [[]],
  branchCount = 1,
): Result {
  const foldPart = (part: PlanNode | undefined) => foldPlan(part, fold, paths)
  switch (node?.kind) {
    case undefined:
      return fold.empty
    case 'Fetch':
      return fold.fetch(node, paths, branchCount)
    case 'Flatten':
      return foldPlan(
        node.node,
        fold,
        paths.flatMap((path) => listPaths(node).map((below) => [...path, ...below])),
        countBranches(node),
      )
    case 'Sequence':
      return fold.sequence(node.nodes.map(foldPart))
    case 'Parallel':
      return fold.parallel(node.nodes.map(foldPart))
    case 'Condition':
      return fold.condition(
        node.condition,
        () => foldPart(node.ifClause),
        () => foldPart(node.elseClause),
      )
    case 'Defer':
      if (fold.defer) return fold.defer()
      return fold.sequence([node.primary, ...node.deferred].map((part) => foldPart(part.node)))
    case 'Subscription':
      return fold.sequence([node.primary, node.rest].map(foldPart))
  }
}

/** A fetch of a plan. */
interface PlannedFetch {
  node: FetchNode
  paths: readonly ResponsePath[]
}

const noFetches: readonly PlannedFetch[] = []

/** Lists the fetches of a plan, in the order of the plan. A shared fetch is listed for each of its occurrences. */
export const fetchList: PlanFold<readonly PlannedFetch[]> = {
  empty: noFetches,
  fetch: (node, paths) => [{ node, paths }],
  sequence: (parts) => parts.flat(),
  parallel: (parts) => parts.flat(),
  condition: (_, ifClause, elseClause) => [...ifClause(), ...elseClause()],
}

/** Returns all fetches of a plan. */
export function listFetches(node: QueryPlan['node']): readonly PlannedFetch[] {
  return foldPlan(node, fetchList)
}

/**
 * Returns a plan with each fetch replaced. The primary fetch of a subscription is only replaced by another fetch.
 *
 * @param changeFlatten replaces the nodes that have the paths of fetches
 */
export function mapFetches(
  node: NonNullable<QueryPlan['node']>,
  change: (fetch: FetchNode) => PlanNode,
  changeFlatten: (node: FlattenNode) => FlattenNode = (flatten) => flatten,
): NonNullable<QueryPlan['node']> {
  if (node.kind !== 'Subscription') return mapPart(node, change, changeFlatten)
  const primary = change(node.primary)
  return {
    ...node,
    primary: primary.kind === 'Fetch' ? primary : node.primary,
    ...(node.rest && { rest: mapPart(node.rest, change, changeFlatten) }),
  }
}

function mapPart(
  node: PlanNode,
  change: (fetch: FetchNode) => PlanNode,
  changeFlatten: (node: FlattenNode) => FlattenNode,
): PlanNode {
  const map = (part: PlanNode) => mapPart(part, change, changeFlatten)
  switch (node.kind) {
    case 'Fetch':
      return change(node)
    case 'Flatten':
      return { ...changeFlatten(node), node: map(node.node) }
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(map) }
    case 'Condition':
    case 'Defer':
      return mapBranches(node, map)
  }
}
