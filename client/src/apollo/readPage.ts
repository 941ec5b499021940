import type { Reference, StoreObject } from '@apollo/client'

import type { PageArguments } from './pageArguments.ts'
import { isBackward, limitOf } from './pageArguments.ts'
import type { ConnectionRow, StoredConnection } from './connectionRows.ts'

/**
 * What a query with these arguments reads of the list; undefined when it is not all there.
 *
 * @param canRead whether a node is still in the cache; rows of evicted ones are left out
 */
export function readPage(
  stored: StoredConnection,
  args: PageArguments,
  canRead: (node: Reference | StoreObject) => boolean,
): StoreObject | undefined {
  const { edges, pageInfo, reachesStart, reachesEnd, begunAfter, begunBefore, ...extras } = stored
  if (!edges) return { ...extras, pageInfo }
  const window = windowOf(stored, edges, args)
  if (!window) return undefined

  const rows = edges.slice(...window).filter(({ node }) => node === undefined || canRead(node))
  const shown = { ...pageInfo }
  const [start, end] = window
  if (start > 0) Object.assign(shown, { hasPreviousPage: true, startCursor: edges[start]?.cursor })
  if (end < edges.length) Object.assign(shown, { hasNextPage: true, endCursor: edges[end - 1]?.cursor })
  const nodes = rows.flatMap(({ node }) => (node === undefined ? [] : [node]))
  return { ...extras, edges: rows, nodes: nodes.length === rows.length ? nodes : undefined, pageInfo: shown }
}

/** Which rows a query is about, from and up to; undefined when some of them are not loaded. */
function windowOf(
  { reachesStart, reachesEnd, begunAfter, begunBefore }: StoredConnection,
  rows: readonly ConnectionRow[],
  args: PageArguments,
): [start: number, end: number] | undefined {
  const { after, before } = args
  const limit = limitOf(args)
  const whole: [number, number] = [0, rows.length]
  if (after != null) {
    if (after === begunAfter) return whole
    const start = rows.findIndex(({ cursor }) => cursor === after) + 1
    if (start === 0 || (start + limit > rows.length && !reachesEnd)) return undefined
    return [start, Math.min(start + limit, rows.length)]
  }
  if (before != null) {
    if (before === begunBefore) return whole
    const end = rows.findIndex(({ cursor }) => cursor === before)
    if (end < 0 || (end - limit < 0 && !reachesStart)) return undefined
    return [Math.max(end - limit, 0), end]
  }
  const [begins, goesOn] = isBackward(args) ? [reachesEnd, !reachesStart] : [reachesStart, !reachesEnd]
  return begins && !(rows.length < limit && goesOn) ? whole : undefined
}
