import type { FetchNode, PlanNode, QueryPlan } from './apolloPlanner'
import { mapBranches } from './planBranches'
import { getMergeKey, isEntityFetch, listPaths, type EntityFetchNode } from './mergedFetches'

/**
 * Lets parallel branches of a plan share fetches: equal ones that wait for different fetches, if the branches continue equally afterwards.
 * The shared node occurs in each of the branches, and is fetched when all of them have reached it.
 *
 * The response is not later: it needs the data of all branches, and those that follow a shared fetch share all further fetches,
 * too. Branches do not wait for each other in a circle, since the rest of the plan becomes shorter with each fetch.
 */
export function shareFetches(plan: QueryPlan): QueryPlan {
  const { node } = plan
  if (!node) return plan
  if (node.kind !== 'Subscription') return { ...plan, node: sharePart(node) }
  return { ...plan, node: { ...node, ...(node.rest && { rest: sharePart(node.rest) }) } }
}

function sharePart(node: PlanNode): PlanNode {
  const shared = new Map<EntityFetchNode, EntityFetchNode>()
  for (const equal of groupEqualFetches(node)) {
    const [first, ...others] = equal
    const [path, ...otherPaths] = equal.flatMap(listPaths)
    if (!first || others.length === 0 || !path) continue
    // A node of its own, which occurs in the branches that share it and nowhere else.
    const fetch: FetchNode = { ...first.node }
    const common: EntityFetchNode = { ...first, path, otherPaths, node: fetch, branchCount: equal.length }
    for (const each of equal) shared.set(each, common)
  }
  return replaceFetches(node, shared)
}

/** Groups the fetches that branches can share, in the order of the plan. Conditions and deferred parts have groups of their own. */
function groupEqualFetches(root: PlanNode): Iterable<readonly EntityFetchNode[]> {
  const ids = new Map<string, number>()
  const nodeIds = new Map<PlanNode, number>()
  const groups = new Map<string, EntityFetchNode[]>()

  function toId(text: string): number {
    const id = ids.get(text) ?? ids.size
    ids.set(text, id)
    return id
  }

  /** Returns the same number for equal parts of the plan, apart from the paths. */
  function identify(node: PlanNode): number {
    const known = nodeIds.get(node)
    if (known !== undefined) return known
    const id = toId(describe(node))
    nodeIds.set(node, id)
    return id
  }

  function describe(node: PlanNode): string {
    if (node.kind === 'Sequence') return `sequence ${node.nodes.map(identify).join()}`
    if (node.kind === 'Parallel') return `parallel ${node.nodes.map(identify).toSorted().join()}`
    const key = isEntityFetch(node) ? getMergeKey(node.node) : undefined
    return key === undefined ? `other ${nodeIds.size}` : `fetch ${key}`
  }

  /** @param rest identifies what follows the node */
  function visit(node: PlanNode, rest: number): void {
    if (node.kind === 'Sequence') {
      let restOfNode = rest
      for (const part of node.nodes.toReversed()) {
        visit(part, restOfNode)
        restOfNode = toId(`rest ${identify(part)} ${restOfNode}`)
      }
    } else if (node.kind === 'Parallel') for (const part of node.nodes) visit(part, rest)
    else if (isEntityFetch(node) && getMergeKey(node.node) !== undefined) {
      const key = `${identify(node)} ${rest}`
      groups.set(key, [...(groups.get(key) ?? []), node])
    }
  }

  visit(root, toId('rest'))
  return groups.values()
}

function replaceFetches(node: PlanNode, shared: ReadonlyMap<EntityFetchNode, EntityFetchNode>): PlanNode {
  const replace = (part: PlanNode) => replaceFetches(part, shared)
  switch (node.kind) {
    case 'Fetch':
      return node
    case 'Flatten':
      return (isEntityFetch(node) && shared.get(node)) || node
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(replace) }
    case 'Condition':
    case 'Defer':
      return mapBranches(node, sharePart)
  }
}
