import { parse, print, visit, type SelectionSetNode } from 'graphql'

import type { FetchNode, FlattenNode, PlanNode, QueryPlan, ResponsePath } from './apolloPlanner'
import { mapBranches } from './planBranches'

/** A fetch of the entities at one path of the response, or of a merged fetch at several. */
export interface EntityFetchNode extends FlattenNode {
  node: FetchNode
  /** The other paths of a merged fetch. */
  otherPaths?: readonly ResponsePath[]
  /** How many branches of the plan share it; 1 unless given (see `shareFetches`). */
  branchCount?: number
}

/** Returns the paths of the objects that a fetch extends. */
export function listPaths(node: FlattenNode & Pick<EntityFetchNode, 'otherPaths'>): readonly ResponsePath[] {
  return [node.path, ...(node.otherPaths ?? [])]
}

/** Returns how many branches of a plan share the fetch of a node. */
export const countBranches = (node: FlattenNode & Pick<EntityFetchNode, 'branchCount'>): number =>
  node.branchCount ?? 1

/**
 * Merges fetches of entities with equal selections that a plan sends to one subgraph, for which Apollo's planner plans a fetch for each
 * path: one fetch has the representations of all their paths.
 *
 * - Those that are sent at the same time: a fetch that follows one of them waits for the merged fetch.
 * - One that no other fetch waits for, and one that a parallel branch sends later: the response needs both in any case.
 *
 * See docs/decisions/0024-merged-fetches.md.
 */
export function mergeFetches(plan: QueryPlan): QueryPlan {
  const { node } = plan
  if (!node) return plan
  if (node.kind !== 'Subscription') return { ...plan, node: mergePart(node) }
  return { ...plan, node: { ...node, ...(node.rest && { rest: mergePart(node.rest) }) } }
}

function mergePart(node: PlanNode): PlanNode {
  switch (node.kind) {
    case 'Fetch':
    case 'Flatten':
      return node
    case 'Sequence':
      return toSequence(node.nodes.map(mergePart))
    case 'Parallel':
      return mergeParallel(node.nodes)
    case 'Condition':
    case 'Defer':
      return mapBranches(node, mergePart)
  }
}

/** A branch of a parallel node that begins with a fetch of entities, and the parts of the plan that follow it. */
interface Branch {
  first: EntityFetchNode
  rest: readonly PlanNode[]
}

function mergeParallel(nodes: readonly PlanNode[]): PlanNode {
  const branches = new Map<string, Branch[]>()
  const merged: (PlanNode | Branch[])[] = []
  for (const node of nodes) {
    const branch = toBranch(node)
    const key = branch && getMergeKey(branch.first.node)
    const equal = key === undefined ? undefined : branches.get(key)
    if (branch && equal) equal.push(branch)
    else if (!branch || key === undefined) merged.push(mergePart(node))
    else {
      const group = [branch]
      branches.set(key, group)
      merged.push(group)
    }
  }
  return toParallel(joinLater(merged.map((each) => (Array.isArray(each) ? mergeBranches(each) : each))))
}

/** Joins fetches that no other fetch waits for with equal fetches that follow in other branches. */
function joinLater(nodes: readonly PlanNode[]): PlanNode[] {
  let left = [...nodes]
  for (const last of nodes) {
    if (!isEntityFetch(last)) continue
    for (const [index, branch] of left.entries()) {
      const joined = branch === last ? undefined : joinInto(branch, last)
      if (!joined) continue
      left = left.with(index, joined).filter((node) => node !== last)
      break
    }
  }
  return left
}

/** Returns a part of a plan in which an equal fetch has the paths of the given one, too; undefined when it has none for all conditions. */
function joinInto(node: PlanNode, fetch: EntityFetchNode): PlanNode | undefined {
  if (node.kind === 'Sequence' || node.kind === 'Parallel') {
    for (const [index, part] of node.nodes.entries()) {
      const joined = joinInto(part, fetch)
      if (joined) return { ...node, nodes: node.nodes.with(index, joined) }
    }
  }
  const key = getMergeKey(fetch.node)
  if (!isEntityFetch(node) || key === undefined || getMergeKey(node.node) !== key) return undefined
  const joined: EntityFetchNode = { ...node, otherPaths: [...(node.otherPaths ?? []), ...listPaths(fetch)] }
  return joined
}

const toParallel = (nodes: PlanNode[]): PlanNode => {
  const [only] = nodes
  return only && nodes.length === 1 ? only : { kind: 'Parallel', nodes }
}

function mergeBranches(branches: readonly Branch[]): PlanNode {
  const [path, ...otherPaths] = branches.flatMap(({ first }) => listPaths(first))
  const [branch] = branches
  if (!branch || !path) return toParallel([])
  const first: EntityFetchNode =
    otherPaths.length === 0 ? branch.first : { ...branch.first, path, otherPaths }
  const rests = branches.flatMap(({ rest }) => (rest.length === 0 ? [] : [toSequence(rest)]))
  if (rests.length === 0) return first
  // The steps after two merged fetches may be equal, too.
  const rest =
    rests.length > 1 ? [mergeParallel(rests)] : branches.flatMap((each) => each.rest.map(mergePart))
  return { kind: 'Sequence', nodes: [first, ...rest] }
}

function toSequence(nodes: readonly PlanNode[]): PlanNode {
  const flat = nodes.flatMap((node) => (node.kind === 'Sequence' ? node.nodes : node))
  const [only] = flat
  return only && flat.length === 1 ? only : { kind: 'Sequence', nodes: flat }
}

function toBranch(node: PlanNode): Branch | undefined {
  const [first, ...rest] = node.kind === 'Sequence' ? node.nodes : [node]
  return first && isEntityFetch(first) ? { first, rest } : undefined
}

export const isEntityFetch = (node: PlanNode): node is EntityFetchNode =>
  node.kind === 'Flatten' && node.node.kind === 'Fetch' && node.node.requires !== undefined

const mergeKeys = new WeakMap<FetchNode, string>()

/** Returns the key of {@link toMergeKey}; the same one for a fetch that is compared again. */
export function getMergeKey(fetch: FetchNode): string | undefined {
  const known = mergeKeys.get(fetch)
  if (known !== undefined) return known
  const key = toMergeKey(fetch)
  if (key !== undefined) mergeKeys.set(fetch, key)
  return key
}

/**
 * Returns a text that fetches have in common if they can be merged: only their names, their paths and the order of their fields differ.
 * Undefined for a fetch on which deferred parts depend, and for one with arguments from the objects that enclose its entities.
 */
function toMergeKey(fetch: FetchNode): string | undefined {
  const { id, serviceName, operationKind, operation, requires } = fetch
  const { inputRewrites = [], outputRewrites = [], contextRewrites = [] } = fetch
  if (id !== undefined || contextRewrites.length > 0) return undefined
  const document = visit(parse(operation, { noLocation: true }), {
    OperationDefinition: { leave: ({ name: _, ...unnamed }) => unnamed },
    SelectionSet: { leave: sortSelections },
  })
  return JSON.stringify([
    serviceName,
    operationKind,
    print(document),
    requires,
    inputRewrites,
    outputRewrites,
  ])
}

function sortSelections(set: SelectionSetNode): SelectionSetNode {
  const texts = new Map(set.selections.map((selection) => [selection, print(selection)]))
  const textOf = (selection: SelectionSetNode['selections'][number]) => texts.get(selection) ?? ''
  return { ...set, selections: set.selections.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1)) }
}
