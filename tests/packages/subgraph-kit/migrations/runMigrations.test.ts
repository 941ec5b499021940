import type { mongo } from 'mongoose'

import type { Migration, MigrationLog } from '../../../../packages/subgraph-kit/migrations/migration'
import { runMigrations } from '../../../../packages/subgraph-kit/migrations/runMigrations'
import {
  isUnreachableError,
  openDatabase,
  type Connection,
} from '../../../../packages/subgraph-kit/mongo/database'
import type { MigrationRecord } from '../../../../packages/subgraph-kit/mongo/migrationRecords'
import { recordCommands, testDatabaseName, testMongodbUri } from '../../../support/subgraph'

let connection: Connection
beforeEach(async () => {
  connection = await openDatabase(testMongodbUri(), testDatabaseName('migrations'))
})
afterEach(async () => {
  await connection.dropDatabase()
  await connection.close()
})

interface Thing {
  _id: string
  isMigrated?: boolean
}

const things = () => connection.collection<Thing>('things')
const records = () => connection.collection<MigrationRecord>('migrations')
const silent: MigrationLog = { info: () => undefined, warn: () => undefined, error: () => undefined }
const run = (migrations: readonly Migration[], { log = silent, to = connection } = {}) =>
  runMigrations({ connection: to, migrations, log })

const insertThings = (count: number) =>
  things().insertMany(Array.from({ length: count }, (_, index) => ({ _id: String(index).padStart(5, '0') })))

/** Marks all things, and calls `onBatch` with the number of the batch before each of them. */
function createMarking(onBatch: (batch: number) => unknown = () => undefined): Migration {
  return {
    name: '0001-mark-things',
    description: 'Marks things.',
    async run({ database, forEachBatch }) {
      let batch = 0
      await forEachBatch('things', async (range) => {
        await onBatch(++batch)
        const { modifiedCount } = await database
          .collection<Thing>('things')
          .updateMany({ ...range, isMigrated: { $exists: false } }, { $set: { isMigrated: true } })
        return modifiedCount
      })
    },
  }
}

/** Returns a migration that does nothing but record its name. */
const createStep = (name: string, ran: string[], more: Partial<Migration> = {}): Migration => ({
  name,
  description: `Records ${name}.`,
  run: async () => void ran.push(name),
  ...more,
})

it('runs each migration once, in order, and then needs one command', async () => {
  const ran: string[] = []
  const steps = [createStep('0001-first', ran), createStep('0002-second', ran)]
  expect(await run(steps)).toBe('current')
  const added = [...steps, createStep('0003-third', ran)]
  await run(added)
  expect(ran).toEqual(['0001-first', '0002-second', '0003-third'])
  expect(await recordCommands(connection, () => run(added))).toEqual(['find'])
  expect(await records().find().sort({ _id: 1 }).toArray()).toMatchObject(
    added.map(({ name }) => ({ _id: name, phase: 'completed', attempt: 1 })),
  )
})

it('migrates in batches of 500 documents and stores the position of each', async () => {
  await insertThings(1201)
  const positions: unknown[] = []
  await run([
    createMarking(async () => {
      const record = await records().findOne({ _id: '0001-mark-things' })
      positions.push(record?.positions['things'])
    }),
  ])
  expect(positions).toEqual([undefined, '00499', '00999'])
  expect(await things().countDocuments({ isMigrated: true })).toBe(1201)
  expect(await records().findOne()).toMatchObject({ changed: 1201, positions: { things: '01200' } })
})

it('names the cause and the remedy when a migration fails, and continues where it failed', async () => {
  await insertThings(1100)
  const ran: string[] = []
  const failing = createMarking((batch) => {
    if (batch === 3) throw new Error('The third batch is broken.')
  })
  await expect(run([failing, createStep('0002-second', ran)])).rejects.toThrow(
    /^The migration 0001-mark-things of the database \w+ failed after 1000 changed documents: The third batch is broken\. .*start again/,
  )
  expect(await records().find().toArray()).toMatchObject([
    { _id: '0001-mark-things', phase: 'failed', error: 'The third batch is broken.', changed: 1000 },
  ])
  expect(ran).toEqual([])

  let batches = 0
  await run([createMarking(() => batches++), createStep('0002-second', ran)])
  expect(batches).toBe(1)
  expect(await things().countDocuments({ isMigrated: true })).toBe(1100)
  const record = await records().findOne({ _id: '0001-mark-things' })
  expect(record).toMatchObject({ phase: 'completed', attempt: 2, changed: 1100 })
  expect(record).not.toHaveProperty('error')
  expect(ran).toEqual(['0002-second'])
})

it('runs in one of several processes, and the others wait until it has ended', async () => {
  await insertThings(1500)
  const other = await openDatabase(testMongodbUri(), connection.name)
  let batches = 0
  const migrateAndCount = async (to: Connection) => {
    await run([createMarking(() => batches++)], { to })
    return things().countDocuments({ isMigrated: true })
  }
  try {
    expect(await Promise.all([connection, other].map(migrateAndCount))).toEqual([1500, 1500])
    expect(batches).toBe(3)
  } finally {
    await other.close()
  }
})

it('stops when it loses the lease, and leaves the rest to the process that has taken over', async () => {
  await insertThings(1200)
  const warnings: string[] = []
  const log = { ...silent, warn: (_fields: object, message: string) => void warnings.push(message) }
  let batches = 0
  await run(
    [
      createMarking(async () => {
        if (++batches !== 2) return
        // Another process has claimed the lease and started the migration; then it was killed.
        await records().updateOne({ _id: '0001-mark-things' }, { $inc: { attempt: 1 } })
        await connection
          .collection<{ _id: string }>('leases')
          .updateOne({ _id: 'migrations' }, { $set: { holder: 'another', until: new Date(0) } })
      }),
    ],
    { log },
  )
  // The second batch is repeated, because its position could not be stored.
  expect(batches).toBe(4)
  expect(warnings).toEqual([expect.stringContaining('lease was lost')])
  expect(await things().countDocuments({ isMigrated: true })).toBe(1200)
  expect(await records().findOne()).toMatchObject({ phase: 'completed', attempt: 3 })
})

describe('a database of a newer version', () => {
  it('is reported and left as it is', async () => {
    const ran: string[] = []
    const first = createStep('0001-first', ran)
    await run([first, createStep('0002-newer', ran)])
    const before = await records().find().toArray()
    const warnings: string[] = []
    const log = { ...silent, warn: (_fields: object, message: string) => void warnings.push(message) }
    expect(await run([first, createStep('0003-own', ran)], { log })).toBe('newer')
    expect(warnings).toEqual([expect.stringContaining('newer version (0002-newer)')])
    expect(ran).toEqual(['0001-first', '0002-newer'])
    expect(await records().find().toArray()).toEqual(before)
  })

  it('prevents the start of versions without the migrations that it requires', async () => {
    const ran: string[] = []
    const [first, added] = [createStep('0001-first', ran), createStep('0002-added', ran)]
    await run([first, added, createStep('0003-removed', ran, { requires: '0002-added' })])
    expect(await run([first, added])).toBe('newer')
    await expect(run([first])).rejects.toThrow(/newer version \(0003-removed\).*Nothing was changed/)
  })
})

it('reads bounded batches by the index of IDs', async () => {
  await insertThings(1001)
  const limits: unknown[] = []
  const recordLimit = ({ commandName, command }: mongo.CommandStartedEvent) => {
    if (commandName === 'find' && command['find'] === 'things') limits.push(command['limit'])
  }
  connection.getClient().on('commandStarted', recordLimit)
  await run([createMarking()])
  connection.getClient().off('commandStarted', recordLimit)
  expect(limits).toEqual([500, 500, 500, 500])
})

it('stops waiting for another process when its connection is closed', async () => {
  const until = new Date(8.64e15)
  const waiter = await openDatabase(testMongodbUri(), connection.name)
  await connection
    .collection<{ _id: string }>('leases')
    .insertOne({ _id: 'migrations', holder: 'another process', until } as { _id: string })
  const waiting = run([createStep('0001-first', [])], { to: waiter })
  const end = waiting.catch((error: unknown) => error)
  await waiter.close()
  expect(isUnreachableError(await end)).toBe(true)
})
