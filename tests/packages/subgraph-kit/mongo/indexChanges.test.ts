import { openDatabase, type Connection } from '../../../../packages/subgraph-kit/mongo/database'
import { dropIndexIfExists, replaceIndex } from '../../../../packages/subgraph-kit/mongo/indexChanges'
import { requireDb } from '../../../../packages/subgraph-kit/mongo/readDocuments'
import { recordCommands, testDatabaseName, testMongodbUri } from '../../../support/subgraph'

let connection: Connection
beforeEach(async () => {
  connection = await openDatabase(testMongodbUri(), testDatabaseName('indexes'))
  await connection.createCollection('things')
})
afterEach(async () => {
  await connection.dropDatabase()
  await connection.close()
})

const things = () => connection.collection('things')
const replace = (...[oldName, definition]: [string, Parameters<typeof replaceIndex>[3]]) =>
  replaceIndex(requireDb(connection), 'things', oldName, definition)
const listIndexNames = async () => (await things().indexes()).map(({ name }) => name)

it('builds the new unique index before it drops the old one', async () => {
  await things().createIndex({ key: 1 }, { unique: true })
  const isText = { key: { $type: 'string' } }
  const definition = {
    keys: { key: 1 },
    options: { name: 'key_if_text', unique: true, partialFilterExpression: isText },
  } as const
  const changeIndex = () => replace('key_1', definition)
  expect(await recordCommands(connection, changeIndex)).toEqual(['createIndexes', 'dropIndexes'])
  expect(await listIndexNames()).toEqual(['_id_', 'key_if_text'])
  await things().insertMany([{ key: 'a' }, {}, {}])
  await expect(things().insertOne({ key: 'a' })).rejects.toMatchObject({ code: 11000 })

  await changeIndex()
  expect(await listIndexNames()).toEqual(['_id_', 'key_if_text'])
})

it('keeps the old unique index when the new one cannot be built because of duplicates', async () => {
  await things().createIndex({ a: 1, b: 1 }, { unique: true })
  await things().insertMany([
    { a: 1, b: 1 },
    { a: 1, b: 2 },
  ])
  const definition = { keys: { a: 1 }, options: { name: 'a_unique', unique: true } } as const
  await expect(replace('a_1_b_1', definition)).rejects.toMatchObject({ code: 11000 })
  expect(await listIndexNames()).toEqual(['_id_', 'a_1_b_1'])
})

it('drops first an index that cannot exist beside the new one', async () => {
  await things().createIndex({ text: 'text' }, { name: 'search' })
  await replace('search', { keys: { text: 'text', title: 'text' }, options: { name: 'search_2' } })
  expect(await listIndexNames()).toEqual(['_id_', 'search_2'])
})

it('refuses to suspend the uniqueness of an index', async () => {
  await things().createIndex({ key: 1 }, { unique: true })
  const definition = {
    keys: { key: 1 },
    options: { name: 'expiring', unique: true, expireAfterSeconds: 60 },
  } as const
  await expect(replace('key_1', definition)).rejects.toThrow(
    'The index key_1 of things cannot be replaced without suspending its uniqueness',
  )
  expect(await listIndexNames()).toEqual(['_id_', 'key_1'])
})

it('drops an index once, and ignores a missing index or collection', async () => {
  await things().createIndex({ key: 1 })
  const database = requireDb(connection)
  for (const collection of ['things', 'things', 'nothing'])
    await dropIndexIfExists(database, collection, 'key_1')
  expect(await listIndexNames()).toEqual(['_id_'])
})
