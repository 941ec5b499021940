import { parse, print, visit, type SelectionSetNode } from 'graphql'

import type { FetchNode, FlattenNode, PlanNode, QueryPlan, ResponsePath } from './apolloPlanner'

/** A fetch of the entities at one path of the response, or of a merged fetch at several. */
interface EntityFetchNode extends FlattenNode {
  node: FetchNode
  /** The other paths of a merged fetch. */
  otherPaths?: readonly ResponsePath[]
}

/** Returns the paths of the objects that a fetch extends. */
export function listPaths(node: FlattenNode & Pick<EntityFetchNode, 'otherPaths'>): readonly ResponsePath[] {
  return [node.path, ...(node.otherPaths ?? [])]
}

/**
 * Merges the fetches of entities that a plan sends to one subgraph at the same time, and whose selections are equal: one fetch has the
 * representations of all their paths. Apollo's planner plans a fetch for each path.
 *
 * A fetch that follows one of them waits for the merged fetch. See docs/decisions/0023-merged-fetches.md.
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
      return { ...node, nodes: node.nodes.map(mergePart) }
    case 'Parallel':
      return mergeParallel(node.nodes)
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause && { ifClause: mergePart(node.ifClause) }),
        ...(node.elseClause && { elseClause: mergePart(node.elseClause) }),
      }
    case 'Defer':
      return {
        ...node,
        primary: { ...node.primary, ...(node.primary.node && { node: mergePart(node.primary.node) }) },
        deferred: node.deferred.map((part) => ({
          ...part,
          ...(part.node && { node: mergePart(part.node) }),
        })),
      }
  }
}

/** A branch of a parallel node that begins with a fetch of entities, and the parts of the plan that follow it. */
interface Branch {
  first: EntityFetchNode
  rest: readonly PlanNode[]
}

function mergeParallel(nodes: readonly PlanNode[]): PlanNode {
  const all = nodes.map(toBranch)
  const services = all.map((branch) => branch?.first.node.serviceName)
  const isOnlyOne = (service: string) => services.indexOf(service) === services.lastIndexOf(service)
  const branches = new Map<string, Branch[]>()
  const merged: (PlanNode | Branch[])[] = []
  for (const [index, node] of nodes.entries()) {
    const branch = all[index]
    const key =
      branch && !isOnlyOne(branch.first.node.serviceName) ? toMergeKey(branch.first.node) : undefined
    const equal = key === undefined ? undefined : branches.get(key)
    if (branch && equal) equal.push(branch)
    else if (!branch || key === undefined) merged.push(mergePart(node))
    else {
      const group = [branch]
      branches.set(key, group)
      merged.push(group)
    }
  }
  return toParallel(merged.map((each) => (Array.isArray(each) ? mergeBranches(each) : each)))
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
  // What follows two merged fetches may be equal, too.
  const rest =
    rests.length > 1 ? [mergeParallel(rests)] : (branches.find((each) => each.rest.length > 0)?.rest ?? [])
  return { kind: 'Sequence', nodes: [first, ...rest.map(mergePart)] }
}

const toSequence = (nodes: readonly PlanNode[]): PlanNode => {
  const [only] = nodes
  return only && nodes.length === 1 ? only : { kind: 'Sequence', nodes: [...nodes] }
}

function toBranch(node: PlanNode): Branch | undefined {
  const [first, ...rest] = node.kind === 'Sequence' ? node.nodes : [node]
  return first && isEntityFetch(first) ? { first, rest } : undefined
}

const isEntityFetch = (node: PlanNode): node is EntityFetchNode =>
  node.kind === 'Flatten' && node.node.kind === 'Fetch' && node.node.requires !== undefined

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
