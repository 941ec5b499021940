import type { Reference, StoreObject } from './cacheTypes.ts'

/** A row of a stored list: its edge or, if only `nodes` was selected, an edge with the node alone. */
export interface ConnectionRow extends StoreObject {
  cursor?: string
  node?: Reference | StoreObject
}

/** `PageInfo`, with the fields that queries have selected. */
export interface StoredPageInfo extends StoreObject {
  hasNextPage?: boolean
  hasPreviousPage?: boolean
  startCursor?: string | null
  endCursor?: string | null
}

/** A connection in the result of a query. */
export interface IncomingConnection extends StoreObject {
  edges?: ConnectionRow[]
  nodes?: (Reference | StoreObject)[]
  pageInfo?: StoredPageInfo
}

/**
 * The last row that each query shows, by its page size (`first 20`, `last 20`): null if it shows as many rows as it requests,
 * the key of a row if `fetchMore` has added pages, `all` if it has reached the end of the list.
 */
export type ShownRows = Readonly<Record<string, string | null>>

/** The stored part of a list: rows without a gap between them. */
export interface StoredConnection {
  edges?: readonly ConnectionRow[]
  pageInfo?: StoredPageInfo
  /** Whether the first row is the first of the list. */
  reachesStart?: boolean
  /** Whether the last row is the last of the list. */
  reachesEnd?: boolean
  /** The cursor of the first query: a query with the same cursor reads all loaded rows. */
  initialAfter?: string
  initialBefore?: string
  shownRows?: ShownRows
  /** The first and the last row when a page was merged last: an update of the cache may add rows beyond them. */
  startKey?: string
  endKey?: string
  /** New rows from the end of the list, shown after the stored ones although the rows between them are not loaded. */
  detachedRows?: readonly ConnectionRow[]
  [extra: string]: StoreObject[string]
}

export type MergeObjects = <T extends StoreObject | Reference>(existing: T, incoming: T) => T

const isReference = (value: ConnectionRow['node']): value is Reference =>
  typeof value === 'object' && '__ref' in value && typeof value.__ref === 'string'

/** Returns the identity of a row: that of its node, or its cursor if the node has none in the cache. */
export function toRowKey({ node, cursor }: ConnectionRow): string | undefined {
  if (isReference(node)) return `node ${node.__ref}`
  return cursor === undefined ? undefined : `cursor ${cursor}`
}

/** Returns the rows of a page from `edges`, `nodes` or both; undefined when it has neither. */
export function readRows(page: IncomingConnection, mergeObjects: MergeObjects): ConnectionRow[] | undefined {
  const { edges, nodes, pageInfo } = page
  if (!edges && !nodes) return undefined
  const rows = (edges ?? nodes ?? []).map((_, index): ConnectionRow => {
    const edge = edges?.[index]
    const node = nodes?.[index]
    if (!node) return { ...edge }
    return { ...edge, node: edge?.node ? mergeObjects(edge.node, node) : node }
  })
  // PageInfo contains the cursors of both ends, from which pagination continues, even if no edges were selected.
  const first = rows[0]
  if (first && first.cursor === undefined && pageInfo?.startCursor) first.cursor = pageInfo.startCursor
  const last = rows.at(-1)
  if (last && last.cursor === undefined && pageInfo?.endCursor) last.cursor = pageInfo.endCursor
  return rows
}

/** Returns the rows of the first list that are not in the second. */
export function excludeRows(
  rows: readonly ConnectionRow[],
  others: readonly ConnectionRow[],
): ConnectionRow[] {
  const keys = new Set(others.map(toRowKey))
  return rows.filter((row) => {
    const key = toRowKey(row)
    return key === undefined || !keys.has(key)
  })
}

/** Merges each row with its stored one, since queries may select different fields of an edge. */
export function mergeStoredFields(
  rows: readonly ConnectionRow[],
  stored: readonly ConnectionRow[],
  mergeObjects: MergeObjects,
): ConnectionRow[] {
  const storedByKey = new Map(stored.map((row) => [toRowKey(row), row]))
  return rows.map((row) => {
    const key = toRowKey(row)
    const existing = key === undefined ? undefined : storedByKey.get(key)
    return existing ? mergeObjects(existing, row) : row
  })
}

/** Adds the last row of a list, once. If the rows before it are not loaded, it is shown after the loaded ones. */
export function appendRow(list: StoredConnection, row: ConnectionRow): StoredConnection {
  const { edges = [], detachedRows = [] } = list
  if (excludeRows([row], [...edges, ...detachedRows]).length === 0) return list
  return list.reachesEnd
    ? { ...list, edges: [...edges, row] }
    : { ...list, detachedRows: [...detachedRows, row] }
}
