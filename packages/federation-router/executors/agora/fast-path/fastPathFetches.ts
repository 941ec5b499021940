import type { ReadCondition } from '../../../planning/conditions'
import { createFieldCollector, type FieldCollector } from '../../../planning/fieldCollector'
import { parseFetchSelection } from '../../../planning/fetchSelection'
import type { FetchNode, QueryPlan, ResponsePath } from '../../../planning/apolloPlanner'
import { fetchList, foldPlan } from '../../../planning/planVisitor'
import type { SupergraphModel } from '../../../supergraph/supergraphModel'
import { compileFetchCondition } from '../fetchConditions'
import type { EntityReader } from './responseReader'
import { UnsupportedPlan } from './fallback'

/** A fetch whose response the fast path can read. */
export interface FastPathFetch {
  index: number
  node: FetchNode
  /** The paths of its objects (see `toPathKey`): several of a merged fetch. */
  pathKeys: readonly string[]
  /** The index of its first batch of entities (see `EntityRegistry`). It has one for each path. */
  firstBatch: number
  /** The fields that it selects on the root, or on each entity. */
  selection: FieldCollector
  /** The readers of entities, or of the root, by path and type. Filled during compilation. */
  readers: Map<string, EntityReader>
  /** Those of entities that consist of leaves, by their type and output. */
  leafReaders: Map<string, EntityReader>
}

/** The fetches of a plan that are sent for one set of condition values. */
export interface FastPathFetches {
  /** Returns the fetches of the objects at a path (see `toPathKey`). */
  findByPath(pathKey: string): readonly FastPathFetch[]
  /** Returns undefined for a fetch that is not sent. */
  findByNode(node: FetchNode): FastPathFetch | undefined
}

/** Returns the key of the reader of a type at a path (see `toPathKey`). */
export const toReaderKey = (pathKey: string, typeName: string): string => `${pathKey} ${typeName}`

/** Returns the keys of a path as one text. */
function toPathKey(path: ResponsePath): string {
  return path.filter((element) => element !== '@').join('.')
}

/** @throws UnsupportedPlan */
export function collectFetches(
  plan: QueryPlan['node'],
  supergraph: SupergraphModel,
  readCondition: ReadCondition,
): FastPathFetches {
  const byNode = new Map<FetchNode, FastPathFetch>()
  const byPath = new Map<string, FastPathFetch[]>()
  let batchCount = 0
  const planned = foldPlan(plan, {
    ...fetchList,
    condition: (variable, ifClause, elseClause) => (readCondition(variable) ? ifClause() : elseClause()),
    defer: () => {
      throw new UnsupportedPlan('@defer')
    },
  })
  for (const [index, { node, paths }] of planned.entries()) {
    // A shared fetch counts where it occurs last: the fetches before it in all branches come first.
    if (planned.findLastIndex((other) => other.node === node) !== index) continue
    const isNeeded = compileFetchCondition(node, supergraph)
    if (isNeeded && !isNeeded(readCondition)) continue
    for (const path of paths) requireSupported(node, path)
    const parsed = parseFetchSelection(node)
    if (!parsed) throw new UnsupportedPlan('a fetch with another form of operation')
    const { set, fragments } = parsed
    const clientKeys = new Map<string, string>()
    const selection = createFieldCollector(
      { schema: supergraph.schema, fragments, clientKeys, readCondition },
      set,
    )
    const pathKeys = paths.map(toPathKey)
    const fetch: FastPathFetch = {
      ...{ index: byNode.size, node, pathKeys, firstBatch: batchCount, selection },
      ...{ readers: new Map(), leafReaders: new Map() },
    }
    batchCount += pathKeys.length
    byNode.set(node, fetch)
    for (const pathKey of pathKeys) byPath.set(pathKey, [...(byPath.get(pathKey) ?? []), fetch])
  }
  return {
    findByPath: (pathKey) => byPath.get(pathKey) ?? [],
    findByNode: (node) => byNode.get(node),
  }
}

function requireSupported(node: FetchNode, path: ResponsePath): void {
  const { operationKind, requires, outputRewrites = [], contextRewrites = [] } = node
  if (operationKind !== 'query') throw new UnsupportedPlan('a mutation')
  if (outputRewrites.length > 0 || contextRewrites.length > 0) throw new UnsupportedPlan('rewrites')
  if (!requires && path.length > 0) throw new UnsupportedPlan('a fetch of root fields below the root')
  if (path.some((element) => typeof element !== 'string' || element.startsWith('... on ')))
    throw new UnsupportedPlan('a path with type conditions')
}
