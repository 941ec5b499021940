import type { Reference, StoreObject, StoreValue } from '@apollo/client'

/** A row of a list as the cache keeps it: its edge, or, where only `nodes` was asked for, an edge with the node alone. */
export interface Row extends StoreObject {
  cursor?: string
  node?: Reference | StoreObject
}

/** `PageInfo`, of which a query may have selected any part. */
export interface StoredPageInfo extends StoreObject {
  hasNextPage?: boolean
  hasPreviousPage?: boolean
  startCursor?: string | null
  endCursor?: string | null
}

/** A connection as a query brings it. */
export interface IncomingConnection extends StoreObject {
  edges?: Row[]
  nodes?: (Reference | StoreObject)[]
  pageInfo?: StoredPageInfo
}

/** The part of a list that the cache holds: rows without a gap between them. */
export interface StoredConnection {
  edges?: readonly Row[]
  pageInfo?: StoredPageInfo
  /** Nothing stands before the first row. */
  reachesStart?: boolean
  /** Nothing stands after the last row. */
  reachesEnd?: boolean
  /** The cursor that the list was begun behind: a query with it is about the whole list, however it has grown. */
  begunAfter?: string
  begunBefore?: string
  [extra: string]: StoreValue | readonly Row[] | undefined
}

export type MergeObjects = <T extends StoreObject | Reference>(existing: T, incoming: T) => T

const isReference = (value: Row['node']): value is Reference =>
  typeof value === 'object' && '__ref' in value && typeof value.__ref === 'string'

/** What makes two rows the same: their node's identity, or their cursor where the node has none in the cache. */
export function keyOf({ node, cursor }: Row): string | undefined {
  if (isReference(node)) return `node ${node.__ref}`
  return cursor === undefined ? undefined : `cursor ${cursor}`
}

/** The page's rows, whichever of `edges` and `nodes` it has; undefined when it has neither. */
export function rowsOf(page: IncomingConnection, mergeObjects: MergeObjects): Row[] | undefined {
  const { edges, nodes, pageInfo } = page
  if (!edges && !nodes) return undefined
  const rows = (edges ?? nodes ?? []).map((_, index): Row => {
    const edge = edges?.[index]
    const node = nodes?.[index]
    if (!node) return { ...edge }
    return { ...edge, node: edge?.node ? mergeObjects(edge.node, node) : node }
  })
  // The cursors at both ends are known even where no edge was asked for: the ones that paging goes on from.
  const first = rows[0]
  if (first && first.cursor === undefined && pageInfo?.startCursor) first.cursor = pageInfo.startCursor
  const last = rows.at(-1)
  if (last && last.cursor === undefined && pageInfo?.endCursor) last.cursor = pageInfo.endCursor
  return rows
}

/** The rows of the first list that are not in the second. */
export function without(rows: readonly Row[], others: readonly Row[]): Row[] {
  const keys = new Set(others.map(keyOf))
  return rows.filter((row) => {
    const key = keyOf(row)
    return key === undefined || !keys.has(key)
  })
}

/** Adds to each row what was known of it before, for queries that asked for other fields of its edge. */
export function withKnown(rows: readonly Row[], known: readonly Row[], mergeObjects: MergeObjects): Row[] {
  const before = new Map(known.map((row) => [keyOf(row), row]))
  return rows.map((row) => {
    const key = keyOf(row)
    const existing = key === undefined ? undefined : before.get(key)
    return existing ? mergeObjects(existing, row) : row
  })
}
