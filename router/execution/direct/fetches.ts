import { Kind, parse, type FieldNode } from 'graphql'

import type { FetchNode, PlanNode, ResponsePath } from '../../planning/planner'
import { fragmentsOf } from '../keyTree'
import { createSelection, type Selection } from '../selection'
import type { Supergraph } from '../supergraph'
import type { EntityType } from './entities'
import { Unsupported } from './unsupported'

/** A fetch of a plan whose answer can be read directly. */
export interface DirectFetch {
  index: number
  node: FetchNode
  /** What it asks of the root, or of each entity. */
  selection: Selection
  /** What it gives of entities, or of the root, by their types. Grows as they are compiled. */
  types: Map<string, EntityType>
}

/** The fetches of a plan under one set of flags, by the places of which they ask something. */
export interface Fetches {
  all: readonly DirectFetch[]
  at(place: string): readonly DirectFetch[]
  of(node: FetchNode): DirectFetch
}

/** The keys of a path as one text. */
export function placeOf(path: ResponsePath): string {
  return path.filter((element) => element !== '@').join('.')
}

/** @throws Unsupported */
export function collectFetches(
  root: PlanNode | undefined,
  supergraph: Supergraph,
  flag: (name: string) => boolean,
): Fetches {
  const all = new Map<FetchNode, DirectFetch>()
  const byPlace = new Map<string, DirectFetch[]>()

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
        throw new Unsupported('@defer')
    }
  }

  function add(node: FetchNode, path: ResponsePath): void {
    requireSimple(node, path)
    const document = parse(node.operation, { noLocation: true })
    const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)
    const [first] = operation?.selectionSet.selections ?? []
    const asked = node.requires ? entitiesOf(first) : operation?.selectionSet
    if (!asked) throw new Unsupported('an operation of another form')
    const options = {
      schema: supergraph.schema,
      fragments: fragmentsOf(document),
      clientKeys: new Map<string, string>(),
      flag,
    }
    const fetch: DirectFetch = {
      index: all.size,
      node,
      selection: createSelection(options, asked),
      types: new Map(),
    }
    all.set(node, fetch)
    const place = placeOf(path)
    byPlace.set(place, [...(byPlace.get(place) ?? []), fetch])
  }

  visit(root, [])
  return {
    all: [...all.values()],
    at: (place) => byPlace.get(place) ?? [],
    of: (node) => {
      const fetch = all.get(node)
      if (!fetch) throw new Error('A fetch of another plan.')
      return fetch
    },
  }
}

function requireSimple(node: FetchNode, path: ResponsePath): void {
  const { operationKind, requires, outputRewrites = [], contextRewrites = [] } = node
  if (operationKind !== 'query') throw new Unsupported('a mutation')
  if (outputRewrites.length > 0 || contextRewrites.length > 0) throw new Unsupported('rewrites')
  if (!requires && path.length > 0) throw new Unsupported('a fetch of the root below it')
  if (path.some((element) => typeof element !== 'string' || element.startsWith('... on ')))
    throw new Unsupported('a path of another form')
}

function entitiesOf(selection: { kind: string } | undefined): FieldNode['selectionSet'] {
  return isEntities(selection) ? selection.selectionSet : undefined
}

function isEntities(selection: { kind: string } | undefined): selection is FieldNode {
  return selection?.kind === Kind.FIELD && 'name' in selection
}
