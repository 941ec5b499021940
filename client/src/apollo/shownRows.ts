import type { PageArguments } from './pageArguments.ts'
import { getPageSize, isBackward } from './pageArguments.ts'
import { toRowKey, type ConnectionRow, type ShownRows, type StoredConnection } from './connectionRows.ts'

/** Shows also the rows that an update of the cache adds at the end of the list. */
const allRows = 'all'

/** A page that was inserted into a list. */
export interface InsertedPage {
  args: PageArguments
  /** The number of stored rows up to the cursor of the page. */
  continuedRows: number
  /** The number of rows up to the outer end of the page. */
  rowsWithPage: number
}

/** Returns how many rows a query without a cursor reads, counted from the end of the list where it begins. */
export function countShownRows(list: StoredConnection, args: PageArguments): number {
  const rows = list.edges ?? []
  const backward = isBackward(args)
  const last = list.shownRows?.[toSizeKey(args)]
  if (last === allRows) return rows.length
  if (last != null) return countRowsUpTo(rows, last, backward) ?? rows.length
  // An update of the cache may have added rows before the first; they hide no others.
  const first = backward ? list.endKey : list.startKey
  const added = first === undefined ? 0 : (countRowsUpTo(rows, first, backward) ?? 1) - 1
  return Math.min(getPageSize(args) + added, rows.length)
}

/**
 * Updates the last shown rows after a page was inserted: a query shows its own page and the pages that continue it, so that
 * another query for 3 rows of the same list still shows 3.
 */
export function updateShownRows(
  existing: StoredConnection,
  merged: StoredConnection,
  { args, continuedRows, rowsWithPage }: InsertedPage,
): ShownRows {
  const rows = merged.edges ?? []
  const hasCursor = (isBackward(args) ? args.before : args.after) != null
  const isAnchored = isBackward(args) ? existing.reachesEnd : existing.reachesStart
  const shown: Record<string, string | null> = {}
  for (const key of new Set([...Object.keys(existing.shownRows ?? {}), toSizeKey(args)])) {
    const query = toPageArguments(key)
    const backward = isBackward(query)
    const before = countShownRows(existing, query)
    const continues =
      hasCursor && isAnchored === true && backward === isBackward(args) && before === continuedRows
    const stored =
      existing.shownRows?.[key] != null ? existing.edges?.at(backward ? -before : before - 1) : undefined
    const last = stored && toRowKey(stored)
    const kept = last === undefined ? undefined : countRowsUpTo(rows, last, backward)
    const count = Math.max(continues ? rowsWithPage : (kept ?? 0), getPageSize(query))
    const isComplete = backward ? merged.reachesStart : merged.reachesEnd
    const row = rows.at(backward ? -count : count - 1)
    if (count >= rows.length && isComplete) shown[key] = allRows
    else shown[key] = (count > getPageSize(query) && row && toRowKey(row)) || null
  }
  return shown
}

const toSizeKey = (args: PageArguments) => `${isBackward(args) ? 'last' : 'first'} ${getPageSize(args)}`

function toPageArguments(key: string): PageArguments {
  const [direction, size] = key.split(' ')
  return direction === 'last' ? { last: Number(size) } : { first: Number(size) }
}

/** Returns the number of rows up to one, from the start or backwards from the end; undefined if it is not among them. */
function countRowsUpTo(rows: readonly ConnectionRow[], key: string, backward: boolean): number | undefined {
  const index = rows.findIndex((row) => toRowKey(row) === key)
  if (index < 0) return undefined
  return backward ? rows.length - index : index + 1
}
