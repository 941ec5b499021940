import { createHash } from 'node:crypto'

import { badUserInput } from '../../platform/errors'

/** A value that a list is ordered by. Never null: an order's fields are there in every row. */
export type KeyValue = string | number | Date

/** One step of an order. The last one of every order is the unique ID, so that no two rows are equal. */
export interface OrderField {
  field: string
  direction: 1 | -1
  type: 'string' | 'number' | 'date'
}
export type Order = readonly OrderField[]

/** The pagination arguments of a connection, as GraphQL gives them. */
export interface PageArguments {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** Which rows of a list are asked for. */
export interface Page {
  /** How many rows at most, 1 to 100. */
  limit: number
  /** From the list's end towards its beginning. */
  backward: boolean
  order: Order
  /** The position to begin behind, in the direction of travel; null begins at the list's end of that side. */
  from: readonly KeyValue[] | null
  /** Binds cursors to this list, order and filter. */
  scope: string
}

export interface Edge<Node> {
  cursor: string
  node: Node
}

export interface PageInfo {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
}

/** A page of a list in the form of Relay's cursor connections (https://relay.dev/graphql/connections.htm). */
export interface Connection<Node> {
  edges: Edge<Node>[]
  nodes: Node[]
  pageInfo: PageInfo
  /** Called only when the client selects it; null when counting would cost too much. */
  totalCount: () => Promise<number | null> | number | null
}

const defaultLimit = 20
const maximumLimit = 100
/** In characters; our own cursors have about 150. */
const maxCursorLength = 1000

/**
 * Reads the pagination arguments of one list.
 *
 * @param list whatever tells this list from others: its field, its parent, its filter. A cursor is good for the
 *   same list in the same order alone.
 * @throws BAD_USER_INPUT for a page of more than 100 or less than one, both directions at once, and a cursor that
 *   is made up or of another list, order or filter
 */
export function readPage(args: PageArguments, order: Order, list: unknown): Page {
  const { first, after, last, before } = args
  const backward = last != null || before != null
  if (backward && (first != null || after != null)) {
    throw badUserInput('Give first and after, or last and before, not both.', [
      first != null ? 'first' : 'after',
    ])
  }
  const limit = (backward ? last : first) ?? defaultLimit
  if (limit < 1 || limit > maximumLimit) {
    throw badUserInput(`A page has 1 to ${maximumLimit} rows.`, [backward ? 'last' : 'first'])
  }
  const scope = createHash('sha256')
    .update(JSON.stringify([list, order]))
    .digest('base64url')
    .slice(0, 11)
  const cursor = backward ? before : after
  const from = cursor == null ? null : decodeCursor(cursor, order, scope)
  if (from === undefined) {
    throw badUserInput('This cursor is not of this list, order and filter.', [backward ? 'before' : 'after'])
  }
  return { limit, backward, order, from, scope }
}

/**
 * Makes a connection of what a repository read for a page.
 *
 * @param rows up to `limit + 1` rows in the direction of travel
 * @param keyOf a row's values of the order's fields, in their order
 */
export function toConnection<Node>(
  page: Page,
  rows: readonly Node[],
  keyOf: (row: Node) => readonly KeyValue[],
  totalCount: Connection<Node>['totalCount'],
): Connection<Node> {
  const hasMore = rows.length > page.limit
  const nodes = rows.slice(0, page.limit)
  if (page.backward) nodes.reverse()
  const edges = nodes.map((node) => toEdge(page, node, keyOf))
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: page.backward ? page.from !== null : hasMore,
      hasPreviousPage: page.backward ? hasMore : page.from !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  }
}

/** One row with its cursor in the list that a page is of. */
export function toEdge<Node>(page: Page, node: Node, keyOf: (row: Node) => readonly KeyValue[]): Edge<Node> {
  return { cursor: encodeCursor(keyOf(node), page.scope), node }
}

function encodeCursor(key: readonly KeyValue[], scope: string): string {
  const values = key.map((value) => (value instanceof Date ? value.getTime() : value))
  return Buffer.from(JSON.stringify([scope, ...values])).toString('base64url')
}

/** A cursor's key, or undefined where it is none of this list. */
function decodeCursor(cursor: string, order: Order, scope: string): KeyValue[] | undefined {
  if (cursor.length > maxCursorLength) return undefined
  let decoded: unknown
  try {
    decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
  if (!Array.isArray(decoded) || decoded.length !== order.length + 1 || decoded[0] !== scope) return undefined
  const key = order.map(({ type }, index) => readKeyValue(type, decoded[index + 1]))
  return key.includes(undefined) ? undefined : key.filter((value) => value !== undefined)
}

function readKeyValue(type: OrderField['type'], value: unknown): KeyValue | undefined {
  if (type === 'string') return typeof value === 'string' ? value : undefined
  if (typeof value !== 'number') return undefined
  if (type === 'number') return value
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? undefined : date
}
