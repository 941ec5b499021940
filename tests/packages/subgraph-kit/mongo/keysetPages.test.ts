import { Schema, type Connection as Database, type Model } from 'mongoose'

import { ensureIndexes, openDatabase } from '../../../../packages/subgraph-kit/mongo/database'
import {
  countByParent,
  findMergedPage,
  findPage,
  findPages,
} from '../../../../packages/subgraph-kit/mongo/keysetPages'
import {
  readPage,
  toConnection,
  type Order,
  type PageArguments,
} from '../../../../packages/subgraph-kit/pagination'
import { testDatabaseName, testMongodbUri } from '../../../support/subgraph'

interface Row {
  _id: string
  parent: string
  rank: number
  at: Date
  secret: string
}
const schema = new Schema<Row>(
  { _id: String, parent: String, rank: Number, at: Date, secret: { type: String, select: false } },
  { versionKey: false },
)
schema.index({ parent: 1, rank: -1, at: 1, _id: 1 })

const order: Order = [
  { field: 'rank', direction: -1, type: 'number' },
  { field: 'at', direction: 1, type: 'date' },
  { field: '_id', direction: 1, type: 'string' },
]
const getKey = ({ rank, at, _id }: Row) => [rank, at, _id]

/** Two parents with every pair of three ranks and three instants, three times each. */
const rows: Row[] = ['a', 'b'].flatMap((parent) =>
  Array.from({ length: 27 }, (_, index) => ({
    _id: `${parent}${String(index).padStart(2, '0')}`,
    parent,
    rank: [1.5, -2, 1e20][index % 3] ?? 0,
    at: new Date(Date.UTC(2030, 0, 1 + (Math.floor(index / 3) % 3))),
    secret: 'secret',
  })),
)
const inOrder = (parent: string) =>
  rows
    .filter((row) => row.parent === parent)
    .sort((a, b) => b.rank - a.rank || a.at.getTime() - b.at.getTime() || (a._id < b._id ? -1 : 1))
    .map(({ _id }) => _id)

let database: Database
let model: Model<Row>
beforeAll(async () => {
  database = await openDatabase(testMongodbUri(), testDatabaseName('keyset'))
  model = database.model<Row>('Row', schema)
  await ensureIndexes(model)
  await model.insertMany(rows)
})
afterAll(async () => {
  await database.dropDatabase()
  await database.close()
})

const page = (args: PageArguments) => readPage(args, order, 'rows')
/** Filters that together match the rows of the first parent, some of them twice. */
const overlapping = [
  { parent: 'a', rank: { $gt: 0 } },
  { parent: 'a', rank: { $lt: 1e20 } },
]
const ways: [string, (args: PageArguments) => Promise<Row[]>][] = [
  ['findPage', (args) => findPage(model, { parent: 'a' }, page(args))],
  ['findMergedPage', (args) => findMergedPage(model, overlapping, page(args), { projection: { parent: 1 } })],
  ['findPages of one parent', (args) => readPageOfA({}, ['a'], args)],
  ['findPages of several parents', (args) => readPageOfA({}, ['b', 'a'], args)],
  ['findPages of parents with few children', (args) => readPageOfA({ isShort: true }, ['b', 'a'], args)],
]

async function readPageOfA({ isShort = false }, parents: string[], args: PageArguments): Promise<Row[]> {
  const list = { childField: 'parent' as const, filter: {}, isShort }
  return (await findPages(database, model, list, parents, page(args))).get('a') ?? []
}

describe.each(ways)('%s', (_, find) => {
  const connect = async (args: PageArguments) =>
    toConnection(page(args), await find(args), getKey, () => null)

  it.each([1, 2, 4, 27])('returns all rows forwards in pages of %i', async (first) => {
    const seen: string[] = []
    for (let after: string | null = null; ;) {
      const { nodes, pageInfo } = await connect({ first, after })
      seen.push(...nodes.map((node) => node._id))
      if (!pageInfo.hasNextPage) break
      after = pageInfo.endCursor
    }
    expect(seen).toEqual(inOrder('a'))
  })

  it.each([1, 2, 4, 27])('returns all rows backwards in pages of %i', async (last) => {
    const seen: string[] = []
    for (let before: string | null = null; ;) {
      const { nodes, pageInfo } = await connect({ last, before })
      seen.unshift(...nodes.map((node) => node._id))
      if (!pageInfo.hasPreviousPage) break
      before = pageInfo.startCursor
    }
    expect(seen).toEqual(inOrder('a'))
  })

  it('leaves out fields that the schema does not select', async () => {
    for (const row of await find({ first: 3 })) expect(row).not.toHaveProperty('secret')
  })
})

it.each([
  ['several parents', false],
  ['parents with few children', true],
])('findPages of %s returns a page for each, and applies the filter to each', async (_, isShort) => {
  const list = { childField: 'parent' as const, filter: { rank: 1.5 }, isShort }
  const found = await findPages(database, model, list, ['a', 'none', 'b'], page({ first: 4 }))
  expect([...found.keys()].sort()).toEqual(['a', 'b', 'none'])
  expect(found.get('none')).toEqual([])
  expect(found.get('a')?.map(({ parent, rank }) => [parent, rank])).toEqual(Array(5).fill(['a', 1.5]))
})

it('findMergedPage returns nothing without a filter', async () => {
  expect(await findMergedPage(model, [], page({}))).toEqual([])
})

it('countByParent counts the children of each parent', async () => {
  const counted = await countByParent(model, 'parent', ['a', 'none', 'b'], { rank: { $gt: 0 } })
  expect(counted).toEqual(
    new Map([
      ['a', 18],
      ['b', 18],
    ]),
  )
})
