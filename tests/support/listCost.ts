import type { Viewer } from '../../packages/auth/viewer'
import { countExamined } from './documentsExamined'
import type { TestSubgraph } from './subgraph'

/** A list of the API with its arguments. */
export interface TestList {
  /** The coordinate of the field, such as `Query.posts`. */
  field: string
  /** Other arguments than those of the page, as they are written in a document. */
  args?: string
  /** The objects that have the list; none for a field of `Query`. */
  parentIds?: readonly string[]
  /** Default: anonymous. */
  viewer?: Viewer
}

/** How much the database examines for a page of a list. */
export interface PageCost {
  /** The arguments of the page. */
  page: string
  rows: number
  /** Documents or index keys, whichever are more. */
  examined: number
}

interface Connection {
  edges: { cursor: string }[]
  pageInfo: { startCursor: string | null; endCursor: string | null }
}

const rowsPerPage = 20

/** Describes a list for a test title. */
export const describeList = ({ field, args = '', parentIds = [], viewer }: TestList): string =>
  [
    `${field}(${args})`,
    ...(parentIds.length > 1 ? [`of ${parentIds.length} objects`] : []),
    ...(viewer?.kind === 'signedIn' ? [`for ${viewer.role}`] : []),
  ].join(' ')

/**
 * Measures pages of 20 rows of a list: its first and last one, and those after and before row 100, its middle, and a
 * row near its end. Of several parents, it measures those of the first parent, and the first and the last page of all
 * of them.
 */
export async function measurePages(subgraph: TestSubgraph, list: TestList): Promise<PageCost[]> {
  const parentIds = list.parentIds?.slice(0, 1)
  const one = { ...list, ...(parentIds && { parentIds }) }
  const costs: PageCost[] = []
  for (const page of await choosePages(subgraph, one)) costs.push(await measurePage(subgraph, one, page))
  if (list.parentIds && list.parentIds.length > 1)
    for (const page of endPages) costs.push(await measurePage(subgraph, list, page))
  return costs
}

const endPages = [`first: ${rowsPerPage}`, `last: ${rowsPerPage}`]

async function choosePages(subgraph: TestSubgraph, list: TestList): Promise<string[]> {
  const [first] = await readPages(subgraph, list, 'first: 100')
  const [last] = await readPages(subgraph, list, 'last: 1')
  const start = first?.pageInfo.startCursor
  const end = last?.pageInfo.endCursor
  if (!start || !end) return endPages
  const cursors = [first.pageInfo.endCursor, interpolate(start, end, 0.5), interpolate(start, end, 0.95)]
  return [
    ...endPages,
    ...cursors.flatMap((cursor) => [
      `first: ${rowsPerPage}, after: "${cursor}"`,
      `last: ${rowsPerPage}, before: "${cursor}"`,
    ]),
  ]
}

async function measurePage(subgraph: TestSubgraph, list: TestList, page: string): Promise<PageCost> {
  let rows = 0
  const examined = await countExamined(subgraph.connection, async () => {
    for (const { edges } of await readPages(subgraph, list, page)) rows += edges.length
  })
  return { page, rows, examined }
}

/** Reads the same page of all parents. */
async function readPages(
  subgraph: TestSubgraph,
  { field, args = '', parentIds, viewer }: TestList,
  page: string,
): Promise<Connection[]> {
  const [type = '', name = ''] = field.split('.')
  const selection = `list: ${name}(${page}, ${args}) { edges { cursor node { id } } pageInfo { startCursor endCursor } }`
  if (!parentIds) {
    const { list } = await subgraph.query(`{ ${selection} }`, {}, viewer)
    return [list]
  }
  const { _entities: parents } = await subgraph.query(
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${selection} } } }`,
    { of: parentIds.map((id) => ({ __typename: type, id })) },
    viewer,
  )
  return parents.map(({ list }: { list: Connection }) => list)
}

/**
 * Returns a cursor at a fraction of the way between two cursors of a list: a cursor contains the values of its order,
 * which need not be those of a row. Only the first value that differs is changed.
 */
function interpolate(from: string, to: string, fraction: number): string {
  const start = readCursor(from)
  const end = readCursor(to)
  const at = start.findIndex((value, index) => value !== end[index])
  const values = start.map((value, index) => {
    const other = end[index]
    return index === at && typeof value === 'number' && typeof other === 'number'
      ? Math.round(value + (other - value) * fraction)
      : value
  })
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

const readCursor = (cursor: string): (string | number)[] =>
  JSON.parse(Buffer.from(cursor, 'base64url').toString())
