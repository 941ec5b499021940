import type { PageArguments } from './pageArguments.ts'
import { isBackward, limitOf } from './pageArguments.ts'
import {
  rowKey,
  readRows,
  mergeKnownFields,
  excludeRows,
  type IncomingConnection,
  type MergeObjects,
  type ConnectionRow,
  type StoredConnection,
  type StoredPageInfo,
} from './connectionRows.ts'

/** What stays of a list on one side of an incoming page. */
interface Side {
  rows: readonly ConnectionRow[]
  /** Rows further out were dropped. */
  cut: boolean
}

const nothing: Side = { rows: [], cut: false }

/**
 * Puts a page where its cursor says. Rows that stand behind it in the direction of paging stay when the page's outermost
 * row is known, for then there is no gap; they go where they lack what the page's query asks of every row.
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
  const known = existing.edges ?? []
  const backward = isBackward(args)
  const short = rows.length < limitOf(args)
  const isStart = backward ? short || pageInfo?.hasPreviousPage === false : args.after == null
  const isEnd = backward ? args.before == null : short || pageInfo?.hasNextPage === false

  const needed = [...Object.keys(edges?.[0] ?? {}), ...(nodes ? ['node'] : [])]
  const head = backward
    ? isStart
      ? nothing
      : beyond(known, rows[0], needed, -1)
    : upTo(existing, known, args.after)
  const tail = backward
    ? downFrom(existing, known, args.before)
    : isEnd
      ? nothing
      : beyond(known, rows.at(-1), needed, 1)
  const before = excludeRows(head.rows, rows)
  const behind = excludeRows(tail.rows, [...before, ...rows])
  const goesOn = before.length > 0 || behind.length > 0
  const all = [...before, ...mergeKnownFields(rows, known, mergeObjects), ...behind]

  return {
    ...existing,
    ...extras,
    edges: all,
    pageInfo: {
      ...typenameOf(pageInfo ?? existing.pageInfo),
      ...startOf(existing, all, before.length > 0 ? undefined : pageInfo, head.cut),
      ...endOf(existing, all, behind.length > 0 ? undefined : pageInfo, tail.cut),
    },
    reachesStart: before.length > 0 ? existing.reachesStart === true && !head.cut : isStart,
    reachesEnd: behind.length > 0 ? existing.reachesEnd === true && !tail.cut : isEnd,
    begunAfter: goesOn ? existing.begunAfter : (args.after ?? undefined),
    begunBefore: goesOn ? existing.begunBefore : (args.before ?? undefined),
  }
}

/** The rows up to the one that a page comes after; none where its cursor is unknown, for there would be a gap. */
function upTo(
  { pageInfo }: StoredConnection,
  known: readonly ConnectionRow[],
  after: string | null | undefined,
): Side {
  if (after == null) return nothing
  const index = known.findIndex(({ cursor }) => cursor === after)
  if (index >= 0) return { rows: known.slice(0, index + 1), cut: false }
  // The last row itself may have been taken out of the list by an update of the cache.
  return after === pageInfo?.endCursor ? { rows: known, cut: false } : nothing
}

function downFrom(
  { pageInfo }: StoredConnection,
  known: readonly ConnectionRow[],
  before: string | null | undefined,
): Side {
  if (before == null) return nothing
  const index = known.findIndex(({ cursor }) => cursor === before)
  if (index >= 0) return { rows: known.slice(index), cut: false }
  return before === pageInfo?.startCursor ? { rows: known, cut: false } : nothing
}

/** The known rows beyond a page's outermost row, as far as they have every field that is needed. */
function beyond(
  known: readonly ConnectionRow[],
  outermost: ConnectionRow | undefined,
  needed: readonly string[],
  direction: 1 | -1,
): Side {
  const key = outermost && rowKey(outermost)
  const index = key === undefined ? -1 : known.findIndex((row) => rowKey(row) === key)
  if (index < 0) return nothing
  const rows = direction > 0 ? known.slice(index + 1) : known.slice(0, index).reverse()
  const lacking = rows.findIndex((row) => needed.some((field) => row[field] === undefined))
  const kept = lacking < 0 ? rows : rows.slice(0, lacking)
  return { rows: direction > 0 ? kept : kept.reverse(), cut: lacking >= 0 }
}

/** The half of PageInfo that is about the list's beginning: the page's where the list begins with it, else what was known. */
function startOf(
  existing: StoredConnection,
  all: readonly ConnectionRow[],
  page: StoredPageInfo | undefined,
  cut: boolean,
) {
  const first = all[0]
  if (cut) return { hasPreviousPage: true, startCursor: first?.cursor }
  const known = isSame(first, existing.edges?.[0]) ? existing.pageInfo : undefined
  const { hasPreviousPage = known?.hasPreviousPage, startCursor = known?.startCursor } = page ?? {}
  return { hasPreviousPage, startCursor }
}

function endOf(
  existing: StoredConnection,
  all: readonly ConnectionRow[],
  page: StoredPageInfo | undefined,
  cut: boolean,
) {
  const last = all.at(-1)
  if (cut) return { hasNextPage: true, endCursor: last?.cursor }
  const known = isSame(last, existing.edges?.at(-1)) ? existing.pageInfo : undefined
  const { hasNextPage = known?.hasNextPage, endCursor = known?.endCursor } = page ?? {}
  return { hasNextPage, endCursor }
}

const isSame = (row: ConnectionRow | undefined, other: ConnectionRow | undefined): boolean => {
  const key = row && rowKey(row)
  return key !== undefined && key === (other && rowKey(other))
}

const typenameOf = (pageInfo: StoredPageInfo | undefined): StoredPageInfo =>
  pageInfo?.__typename === undefined ? {} : { __typename: pageInfo.__typename }
