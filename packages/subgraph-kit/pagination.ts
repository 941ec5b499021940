import { hash } from 'node:crypto'

import { badUserInput } from '../platform'

/** A value by which a list is ordered. Never null: every row has the fields of its order. */
export type KeyValue = string | number | Date

/** One field of an order. The last one of every order is the unique ID, so that no two rows are equal. */
export interface OrderField {
  field: string
  direction: 1 | -1
  type: 'string' | 'number' | 'date'
}
export type Order = readonly OrderField[]

/** The GraphQL arguments of a connection. */
export interface PageArguments {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** A requested page of a list. */
export interface Page {
  /** The maximum number of rows: 1 to 100. */
  limit: number
  /** Whether the page is read from the list's end towards its beginning. */
  backward: boolean
  order: Order
  /** The key after which the page begins, in its direction; null for the first page in that direction. */
  from: readonly KeyValue[] | null
  /** Binds cursors to this list, order and filter. */
  readonly scope: string
}

export interface Edge<Node> {
  readonly cursor: string
  readonly node: Node
}

interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}

/** A page of a list as a Relay cursor connection (https://relay.dev/graphql/connections.htm). */
export interface Connection<Node> {
  readonly edges: Edge<Node>[]
  nodes: Node[]
  pageInfo: PageInfo
  /** Called only when the client selects the field; null when counting is too expensive. */
  totalCount: () => Promise<number | null> | number | null
}

const defaultLimit = 20
const maxLimit = 100
/** In characters; valid cursors have about 150. */
const maxCursorLength = 1000

/**
 * Reads the pagination arguments of one list.
 *
 * @param list identifies the list: its field, parent and filter. A cursor is valid for the same list in the
 *   same order alone.
 * @throws BAD_USER_INPUT for a page of fewer than 1 or more than 100 rows, for both directions at once, and for
 *   a cursor that is invalid or of another list, order or filter
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
  if (limit < 1 || limit > maxLimit) {
    throw badUserInput(`A page has 1 to ${maxLimit} rows.`, [backward ? 'last' : 'first'])
  }
  let scope: string | undefined
  const readScope = () => (scope ??= computeScope(list, order))
  const cursor = backward ? before : after
  const from = cursor == null ? null : decodeCursor(cursor, order, readScope())
  if (from === undefined) {
    throw badUserInput('This cursor is not of this list, order and filter.', [backward ? 'before' : 'after'])
  }
  return {
    limit,
    backward,
    order,
    from,
    get scope() {
      return readScope()
    },
  }
}

const computeScope = (list: unknown, order: Order): string =>
  hash('sha256', JSON.stringify([list, order]), 'base64url').slice(0, 11)

/**
 * Converts the rows of a page into a connection. A cursor is computed when it is read: most operations select one of a
 * page, or none.
 *
 * @param rows up to `limit + 1` rows in the direction of the page
 * @param getKey returns a row's values of the order's fields, in their order
 */
export function toConnection<Node>(
  page: Page,
  rows: readonly Node[],
  getKey: (row: Node) => readonly KeyValue[],
  totalCount: Connection<Node>['totalCount'],
): Connection<Node> {
  const hasMore = rows.length > page.limit
  const nodes = rows.slice(0, page.limit)
  if (page.backward) nodes.reverse()
  const toCursor = (node: Node | undefined) =>
    node === undefined ? null : encodeCursor(getKey(node), page.scope)
  return {
    get edges() {
      return nodes.map((node) => toEdge(page, node, getKey))
    },
    nodes,
    pageInfo: {
      hasNextPage: page.backward ? page.from !== null : hasMore,
      hasPreviousPage: page.backward ? hasMore : page.from !== null,
      get startCursor() {
        return toCursor(nodes[0])
      },
      get endCursor() {
        return toCursor(nodes.at(-1))
      },
    },
    totalCount,
  }
}

/** Returns a row with its cursor in the list of a page. */
export function toEdge<Node>(page: Page, node: Node, getKey: (row: Node) => readonly KeyValue[]): Edge<Node> {
  return { cursor: encodeCursor(getKey(node), page.scope), node }
}

function encodeCursor(key: readonly KeyValue[], scope: string): string {
  const values = key.map((value) => (value instanceof Date ? value.getTime() : value))
  return Buffer.from(JSON.stringify([scope, ...values])).toString('base64url')
}

/** Returns a cursor's key; undefined for a cursor of another list. */
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
