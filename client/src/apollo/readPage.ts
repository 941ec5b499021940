import type { Reference, StoreObject } from './cacheTypes.ts'
import type { PageArguments } from './pageArguments.ts'
import { getPageSize, isBackward } from './pageArguments.ts'
import type { ConnectionRow, StoredConnection } from './connectionRows.ts'
import { countShownRows } from './shownRows.ts'

/**
 * Returns the rows of the list that a query with these arguments reads; undefined when some are not loaded.
 *
 * @param canRead whether a node is in the cache; rows with evicted nodes are omitted
 */
export function readPage(
  stored: StoredConnection,
  args: PageArguments,
  canRead: (node: Reference | StoreObject) => boolean,
): StoreObject | undefined {
  const { edges, pageInfo } = stored
  const extras = omitInternals(stored)
  if (!edges) return { ...extras, pageInfo }
  const range = findRange(stored, edges, args)
  if (!range) return undefined

  // Only a query that shows all loaded rows continues to the end of the list.
  const detached = range[1] === edges.length ? (stored.detachedRows ?? []) : []
  const rows = [...edges.slice(...range), ...detached].filter(
    ({ node }) => node === undefined || canRead(node),
  )
  const pageInfoOfRange = { ...pageInfo }
  const [start, end] = range
  if (start > 0) Object.assign(pageInfoOfRange, { hasPreviousPage: true, startCursor: edges[start]?.cursor })
  if (end < edges.length)
    Object.assign(pageInfoOfRange, { hasNextPage: true, endCursor: edges[end - 1]?.cursor })
  const nodes = rows.flatMap(({ node }) => (node === undefined ? [] : [node]))
  return {
    ...extras,
    edges: rows,
    nodes: nodes.length === rows.length ? nodes : undefined,
    pageInfo: pageInfoOfRange,
  }
}

/** Returns the fields of a list that queries can select, except its rows. */
function omitInternals({
  edges,
  pageInfo,
  reachesStart,
  reachesEnd,
  initialAfter,
  initialBefore,
  shownRows,
  startKey,
  endKey,
  detachedRows,
  ...extras
}: StoredConnection): StoreObject {
  return extras
}

/** Returns the range of rows that a query reads, end exclusive; undefined when some are not loaded. */
function findRange(
  list: StoredConnection,
  rows: readonly ConnectionRow[],
  args: PageArguments,
): [start: number, end: number] | undefined {
  const { reachesStart, reachesEnd, initialAfter, initialBefore } = list
  const { after, before } = args
  const size = getPageSize(args)
  const allRows: [number, number] = [0, rows.length]
  if (after != null) {
    if (after === initialAfter) return allRows
    const start = rows.findIndex(({ cursor }) => cursor === after) + 1
    if (start === 0 || (start + size > rows.length && !reachesEnd)) return undefined
    return [start, Math.min(start + size, rows.length)]
  }
  if (before != null) {
    if (before === initialBefore) return allRows
    const end = rows.findIndex(({ cursor }) => cursor === before)
    if (end < 0 || (end - size < 0 && !reachesStart)) return undefined
    return [Math.max(end - size, 0), end]
  }
  const backward = isBackward(args)
  const [isBeginningLoaded, hasMore] = backward ? [reachesEnd, !reachesStart] : [reachesStart, !reachesEnd]
  if (!isBeginningLoaded || (rows.length < size && hasMore)) return undefined
  const count = countShownRows(list, args)
  return backward ? [rows.length - count, rows.length] : [0, count]
}
