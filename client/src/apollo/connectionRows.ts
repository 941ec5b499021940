import type { Reference, StoreObject, StoreValue } from '@apollo/client'

/** A row of a list as the cache keeps it: its edge, or, where only `nodes` was asked for, an edge with the node alone. */
export interface ConnectionRow extends StoreObject {
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
  edges?: ConnectionRow[]
  nodes?: (Reference | StoreObject)[]
  pageInfo?: StoredPageInfo
}

/** The part of a list that the cache holds: rows without a gap between them. */
export interface StoredConnection {
  edges?: readonly ConnectionRow[]
  pageInfo?: StoredPageInfo
  /** Nothing stands before the first row. */
  reachesStart?: boolean
  /** Nothing stands after the last row. */
  reachesEnd?: boolean
  /** The cursor that the list was begun behind: a query with it is about the whole list, however it has grown. */
  begunAfter?: string
  begunBefore?: string
  [extra: string]: StoreValue | readonly ConnectionRow[] | undefined
}

export type MergeObjects = <T extends StoreObject | Reference>(existing: T, incoming: T) => T

const isReference = (value: ConnectionRow['node']): value is Reference =>
  typeof value === 'object' && '__ref' in value && typeof value.__ref === 'string'

/** What makes two rows the same: their node's identity, or their cursor where the node has none in the cache. */
export function rowKey({ node, cursor }: ConnectionRow): string | undefined {
  if (isReference(node)) return `node ${node.__ref}`
  return cursor === undefined ? undefined : `cursor ${cursor}`
}

/** The page's rows, whichever of `edges` and `nodes` it has; undefined when it has neither. */
export function readRows(page: IncomingConnection, mergeObjects: MergeObjects): ConnectionRow[] | undefined {
  const { edges, nodes, pageInfo } = page
  if (!edges && !nodes) return undefined
  const rows = (edges ?? nodes ?? []).map((_, index): ConnectionRow => {
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
export function excludeRows(
  rows: readonly ConnectionRow[],
  others: readonly ConnectionRow[],
): ConnectionRow[] {
  const keys = new Set(others.map(rowKey))
  return rows.filter((row) => {
    const key = rowKey(row)
    return key === undefined || !keys.has(key)
  })
}

/** Adds to each row what was known of it before, for queries that asked for other fields of its edge. */
export function mergeKnownFields(
  rows: readonly ConnectionRow[],
  known: readonly ConnectionRow[],
  mergeObjects: MergeObjects,
): ConnectionRow[] {
  const before = new Map(known.map((row) => [rowKey(row), row]))
  return rows.map((row) => {
    const key = rowKey(row)
    const existing = key === undefined ? undefined : before.get(key)
    return existing ? mergeObjects(existing, row) : row
  })
}
