import type { PageArguments } from './pageArguments.ts'
import { getPageSize, isBackward } from './pageArguments.ts'
import {
  excludeRows,
  mergeStoredFields,
  readRows,
  toRowKey,
  type ConnectionRow,
  type IncomingConnection,
  type MergeObjects,
  type StoredConnection,
  type StoredPageInfo,
} from './connectionRows.ts'
import { updateShownRows, type InsertedPage } from './shownRows.ts'

/** The stored rows that stay on one side of an incoming page. */
interface Side {
  rows: readonly ConnectionRow[]
  /** Whether rows at the outer end were dropped. */
  isTruncated: boolean
}

const emptySide: Side = { rows: [], isTruncated: false }

/**
 * Inserts a page at its cursor. The rows beyond it in the direction of pagination stay if the outermost row of the page is
 * among the stored ones, since there is no gap then. They are dropped from the first row on that lacks a field which the
 * page's query selects.
 */
export function mergePage(
  existing: StoredConnection,
  incoming: IncomingConnection,
  args: PageArguments,
  mergeObjects: MergeObjects,
): StoredConnection {
  const { edges, nodes, pageInfo, ...extras } = incoming
  const rows = readRows(incoming, mergeObjects)
  if (!rows) {
    return {
      ...existing,
      ...extras,
      pageInfo: existing.edges ? existing.pageInfo : { ...existing.pageInfo, ...pageInfo },
    }
  }
  const stored = existing.edges ?? []
  const backward = isBackward(args)
  const isShort = rows.length < getPageSize(args)
  const isStart = backward ? isShort || pageInfo?.hasPreviousPage === false : args.after == null
  const isEnd = backward ? args.before == null : isShort || pageInfo?.hasNextPage === false

  const selectedFields = [...Object.keys(edges?.[0] ?? {}), ...(nodes ? ['node'] : [])]
  const head = backward
    ? isStart
      ? emptySide
      : takeBeyond(stored, rows[0], selectedFields, -1)
    : takeUpTo(existing, stored, args.after)
  const tail = backward
    ? takeFrom(existing, stored, args.before)
    : isEnd
      ? emptySide
      : takeBeyond(stored, rows.at(-1), selectedFields, 1)
  const before = excludeRows(head.rows, rows)
  const after = excludeRows(tail.rows, [...before, ...rows])
  const isExtended = before.length > 0 || after.length > 0
  const all = [...before, ...mergeStoredFields(rows, stored, mergeObjects), ...after]

  const reachesEnd = after.length > 0 ? existing.reachesEnd === true && !tail.isTruncated : isEnd
  const merged: StoredConnection = {
    ...existing,
    ...extras,
    edges: all,
    pageInfo: {
      ...readTypename(pageInfo ?? existing.pageInfo),
      ...computeStart(existing, all, before.length > 0 ? undefined : pageInfo, head.isTruncated),
      ...computeEnd(existing, all, after.length > 0 ? undefined : pageInfo, tail.isTruncated),
    },
    reachesStart: before.length > 0 ? existing.reachesStart === true && !head.isTruncated : isStart,
    reachesEnd,
    initialAfter: isExtended ? existing.initialAfter : (args.after ?? undefined),
    initialBefore: isExtended ? existing.initialBefore : (args.before ?? undefined),
    startKey: readKey(all[0]),
    endKey: readKey(all.at(-1)),
    detachedRows: reachesEnd ? [] : excludeRows(existing.detachedRows ?? [], all),
  }
  const page: InsertedPage = backward
    ? { args, continuedRows: tail.rows.length, rowsWithPage: rows.length + after.length }
    : { args, continuedRows: head.rows.length, rowsWithPage: before.length + rows.length }
  return { ...merged, shownRows: updateShownRows(existing, merged, page) }
}

/** Returns the rows up to the cursor; none if the cursor is unknown, since there would be a gap. */
function takeUpTo(
  { pageInfo }: StoredConnection,
  stored: readonly ConnectionRow[],
  after: string | null | undefined,
): Side {
  if (after == null) return emptySide
  const index = stored.findIndex(({ cursor }) => cursor === after)
  if (index >= 0) return { rows: stored.slice(0, index + 1), isTruncated: false }
  // An update of the cache may have removed the last row.
  return after === pageInfo?.endCursor ? { rows: stored, isTruncated: false } : emptySide
}

/** Returns the rows from the cursor on; none if the cursor is unknown. */
function takeFrom(
  { pageInfo }: StoredConnection,
  stored: readonly ConnectionRow[],
  before: string | null | undefined,
): Side {
  if (before == null) return emptySide
  const index = stored.findIndex(({ cursor }) => cursor === before)
  if (index >= 0) return { rows: stored.slice(index), isTruncated: false }
  return before === pageInfo?.startCursor ? { rows: stored, isTruncated: false } : emptySide
}

/** Returns the rows beyond the outermost row of a page, up to the first that lacks a selected field. */
function takeBeyond(
  stored: readonly ConnectionRow[],
  outermost: ConnectionRow | undefined,
  selectedFields: readonly string[],
  direction: 1 | -1,
): Side {
  const key = outermost && toRowKey(outermost)
  const index = key === undefined ? -1 : stored.findIndex((row) => toRowKey(row) === key)
  if (index < 0) return emptySide
  const rows = direction > 0 ? stored.slice(index + 1) : stored.slice(0, index).reverse()
  const incomplete = rows.findIndex((row) => selectedFields.some((field) => row[field] === undefined))
  const kept = incomplete < 0 ? rows : rows.slice(0, incomplete)
  return { rows: direction > 0 ? kept : kept.reverse(), isTruncated: incomplete >= 0 }
}

/** Returns the start of the merged PageInfo: that of the page if the list starts with it, otherwise the stored one. */
function computeStart(
  existing: StoredConnection,
  all: readonly ConnectionRow[],
  page: StoredPageInfo | undefined,
  isTruncated: boolean,
) {
  const first = all[0]
  if (isTruncated) return { hasPreviousPage: true, startCursor: first?.cursor }
  const stored = isSame(first, existing.edges?.[0]) ? existing.pageInfo : undefined
  const { hasPreviousPage = stored?.hasPreviousPage, startCursor = stored?.startCursor } = page ?? {}
  return { hasPreviousPage, startCursor }
}

function computeEnd(
  existing: StoredConnection,
  all: readonly ConnectionRow[],
  page: StoredPageInfo | undefined,
  isTruncated: boolean,
) {
  const last = all.at(-1)
  if (isTruncated) return { hasNextPage: true, endCursor: last?.cursor }
  const stored = isSame(last, existing.edges?.at(-1)) ? existing.pageInfo : undefined
  const { hasNextPage = stored?.hasNextPage, endCursor = stored?.endCursor } = page ?? {}
  return { hasNextPage, endCursor }
}

const readKey = (row: ConnectionRow | undefined) => row && toRowKey(row)

const isSame = (row: ConnectionRow | undefined, other: ConnectionRow | undefined): boolean => {
  const key = readKey(row)
  return key !== undefined && key === readKey(other)
}

const readTypename = (pageInfo: StoredPageInfo | undefined): StoredPageInfo =>
  pageInfo?.__typename === undefined ? {} : { __typename: pageInfo.__typename }
