import fc from 'fast-check'

import {
  readPage,
  toConnection,
  type Order,
  type PageArguments,
} from '../../../packages/subgraph-kit/pagination'

const order: Order = [
  { field: 'at', direction: -1, type: 'date' },
  { field: 'rank', direction: 1, type: 'number' },
  { field: '_id', direction: 1, type: 'string' },
]
interface Row {
  at: Date
  rank: number
  id: string
}
const getKey = ({ at, rank, id }: Row) => [at, rank, id]
const rows: Row[] = [3, 2, 1].map((n) => ({ at: new Date(n * 1000), rank: n / 7, id: `row "${n}" é` }))
const connect = (args: PageArguments, found: readonly Row[], list: unknown = 'list') =>
  toConnection(readPage(args, order, list), found, getKey, () => null)

const findProblem = (args: PageArguments, list: unknown = 'list', by: Order = order): unknown => {
  try {
    readPage(args, by, list)
    return undefined
  } catch (error) {
    return error
  }
}

it('reads the arguments of a page', () => {
  expect(readPage({}, order, 'list')).toMatchObject({ limit: 20, backward: false, from: null })
  expect(readPage({ first: 3 }, order, 'list')).toMatchObject({ limit: 3, backward: false })
  expect(readPage({ last: 100 }, order, 'list')).toMatchObject({ limit: 100, backward: true })
  expect(readPage({ first: null, after: null, last: null, before: null }, order, 'list')).toMatchObject({
    limit: 20,
    backward: false,
  })
})

it('decodes the key of a cursor, of every type', () => {
  for (const [index, { cursor }] of connect({}, rows).edges.entries()) {
    const row = rows[index]
    if (!row) throw new Error('one row for each edge')
    expect(readPage({ after: cursor }, order, 'list').from).toEqual(getKey(row))
    expect(readPage({ before: cursor }, order, 'list')).toMatchObject({ from: getKey(row), backward: true })
  }
})

it('has a next page when there is one more row, forwards', () => {
  const { nodes, pageInfo } = connect({ first: 2 }, rows)
  expect(nodes).toEqual(rows.slice(0, 2))
  expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
  expect(connect({ first: 3 }, rows).pageInfo).toMatchObject({ hasNextPage: false })
})

it('returns rows in the order of the list, backwards', () => {
  const { nodes, edges, pageInfo } = connect({ last: 2 }, [...rows].reverse())
  expect(nodes).toEqual(rows.slice(1))
  expect(pageInfo).toEqual({
    hasNextPage: false,
    hasPreviousPage: true,
    startCursor: edges[0]?.cursor,
    endCursor: edges[1]?.cursor,
  })
})

it('has no cursors for an empty page', () => {
  expect(connect({}, [])).toMatchObject({
    edges: [],
    nodes: [],
    pageInfo: { startCursor: null, endCursor: null },
  })
})

describe('throws BAD_USER_INPUT for', () => {
  const cursor = String(connect({}, rows).edges[0]?.cursor)
  it.each<[PageArguments, string]>([
    [{ first: 0 }, 'first'],
    [{ first: 101 }, 'first'],
    [{ first: -5 }, 'first'],
    [{ last: 0 }, 'last'],
    [{ last: 101 }, 'last'],
    [{ first: 1, last: 1 }, 'first'],
    [{ after: cursor, before: cursor }, 'after'],
    [{ first: 1, before: cursor }, 'first'],
    [{ last: 1, after: cursor }, 'after'],
    [{ after: '' }, 'after'],
    [{ before: 'nonsense' }, 'before'],
    [{ after: `${cursor}x` }, 'after'],
  ])('%j', (args, argument) => {
    expect(findProblem(args)).toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: [argument] } })
  })

  it('a cursor of another list or order', () => {
    expect(findProblem({ after: cursor })).toBeUndefined()
    expect(findProblem({ after: cursor }, 'other')).toMatchObject({ code: 'BAD_USER_INPUT' })
    const turned = order.map((step) => ({ ...step, direction: step.direction === 1 ? -1 : 1 }) as const)
    expect(findProblem({ after: cursor }, 'list', turned)).toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('a forged cursor, unless its key has the right types', () => {
    const { scope } = readPage({}, order, 'list')
    const value = fc.anything({ maxDepth: 2 })
    const forged = fc.array(value, { maxLength: 5 })
    fc.assert(
      fc.property(forged, (values) => {
        const text = JSON.stringify([scope, ...values])
        const after = Buffer.from(text).toString('base64url')
        const problem = findProblem({ after })
        if (problem) return expect(problem).toMatchObject({ code: 'BAD_USER_INPUT' })
        const from = readPage({ after }, order, 'list').from ?? []
        expect([from[0] instanceof Date, typeof from[1], typeof from[2]]).toEqual([true, 'number', 'string'])
      }),
      { examples: [[[0, 1, 'x']], [[{ $gt: '' }, 1, 'x']], [[1e99, 1, 'x']], [[0, 1, { $ne: 1 }]]] },
    )
  })

  it('random text', () => {
    fc.assert(
      fc.property(fc.string(), (after) => {
        expect(findProblem({ after })).toMatchObject({ code: 'BAD_USER_INPUT' })
      }),
    )
  })
})
