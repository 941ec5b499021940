import { Kind, parse, type FieldNode } from 'graphql'

import type { FetchNode, PlanNode, ResponsePath } from '../../../planning/planner'
import { fragmentsByName } from '../responseKeyTree'
import { createFieldCollector, type FieldCollector } from '../../../supergraph/fieldCollector'
import type { SupergraphModel } from '../../../supergraph/supergraphModel'
import type { EntityReader } from './entities'
import { UnsupportedPlan } from './unsupportedPlan'

/** A fetch of a plan whose answer can be read directly. */
export interface FastPathFetch {
  index: number
  node: FetchNode
  /** What it asks of the root, or of each entity. */
  selection: FieldCollector
  /** What it gives of entities, or of the root, by their types. Grows as they are compiled. */
  types: Map<string, EntityReader>
}

/** The fetches of a plan under one set of flags, by the places of which they ask something. */
export interface FastPathFetches {
  all: readonly FastPathFetch[]
  findByPath(place: string): readonly FastPathFetch[]
  findByNode(node: FetchNode): FastPathFetch
}

/** The keys of a path as one text. */
export function toPathKey(path: ResponsePath): string {
  return path.filter((element) => element !== '@').join('.')
}

/** @throws Unsupported */
export function collectFetches(
  root: PlanNode | undefined,
  supergraph: SupergraphModel,
  flag: (name: string) => boolean,
): FastPathFetches {
  const all = new Map<FetchNode, FastPathFetch>()
  const byPlace = new Map<string, FastPathFetch[]>()

  function visit(node: PlanNode | undefined, path: ResponsePath): void {
    switch (node?.kind) {
      case undefined:
        return
      case 'Fetch':
        return add(node, path)
      case 'Flatten':
        return visit(node.node, [...path, ...node.path])
      case 'Sequence':
      case 'Parallel':
        return node.nodes.forEach((each) => visit(each, path))
      case 'Condition':
        return visit(flag(node.condition) ? node.ifClause : node.elseClause, path)
      case 'Defer':
        throw new UnsupportedPlan('@defer')
    }
  }

  function add(node: FetchNode, path: ResponsePath): void {
    requireSimple(node, path)
    const document = parse(node.operation, { noLocation: true })
    const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)
    const [first] = operation?.selectionSet.selections ?? []
    const asked = node.requires ? entitiesOf(first) : operation?.selectionSet
    if (!asked) throw new UnsupportedPlan('an operation of another form')
    const options = {
      schema: supergraph.schema,
      fragments: fragmentsByName(document),
      clientKeys: new Map<string, string>(),
      flag,
    }
    const fetch: FastPathFetch = {
      index: all.size,
      node,
      selection: createFieldCollector(options, asked),
      types: new Map(),
    }
    all.set(node, fetch)
    const place = toPathKey(path)
    byPlace.set(place, [...(byPlace.get(place) ?? []), fetch])
  }

  visit(root, [])
  return {
    all: [...all.values()],
    findByPath: (place) => byPlace.get(place) ?? [],
    findByNode: (node) => {
      const fetch = all.get(node)
      if (!fetch) throw new Error('A fetch of another plan.')
      return fetch
    },
  }
}

function requireSimple(node: FetchNode, path: ResponsePath): void {
  const { operationKind, requires, outputRewrites = [], contextRewrites = [] } = node
  if (operationKind !== 'query') throw new UnsupportedPlan('a mutation')
  if (outputRewrites.length > 0 || contextRewrites.length > 0) throw new UnsupportedPlan('rewrites')
  if (!requires && path.length > 0) throw new UnsupportedPlan('a fetch of the root below it')
  if (path.some((element) => typeof element !== 'string' || element.startsWith('... on ')))
    throw new UnsupportedPlan('a path of another form')
}

function entitiesOf(selection: { kind: string } | undefined): FieldNode['selectionSet'] {
  return isEntities(selection) ? selection.selectionSet : undefined
}

function isEntities(selection: { kind: string } | undefined): selection is FieldNode {
  return selection?.kind === Kind.FIELD && 'name' in selection
}
