import { spawn } from 'node:child_process'
import { EventEmitter, on, once } from 'node:events'
import type { mongo } from 'mongoose'

import { openDatabase, type Connection } from '../../../../packages/subgraph-kit/mongo/database'
import { createLeases, type HeldLease } from '../../../../packages/event-log/mongo/leases'
import { testDatabaseName, testMongodbUri } from '../../../support/subgraph'

let connection: Connection
let database: mongo.Db
beforeAll(async () => {
  const name = testDatabaseName('leases')
  connection = await openDatabase(testMongodbUri(), name)
  database = connection.getClient().db(name)
})
afterAll(async () => {
  await connection.dropDatabase()
  await connection.close()
})

/** Creates a lease of another holder, a process with this ID, that expires in an hour. */
async function createHeldLease(name: string, pid: number): Promise<void> {
  const leases = database.collection<{ _id: string; process: { space: string; pid: number } }>('leases')
  await createLeases(database).hold(name, () => Promise.resolve(), new AbortController().signal)
  const update = { $set: { holder: 'another', until: new Date(Date.now() + 3_600_000), 'process.pid': pid } }
  expect(await leases.updateOne({ _id: name }, update)).toMatchObject({ modifiedCount: 1 })
}

it('takes over a lease whose holder has died, before it expires', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  await createHeldLease('dead', child.pid ?? 0)
  let runs = 0
  await createLeases(database).hold('dead', () => Promise.resolve(void runs++), new AbortController().signal)
  expect(runs).toBe(1)
})

it('does not take over a lease whose holder is alive', async () => {
  await createHeldLease('alive', process.ppid)
  let runs = 0
  const closing = new AbortController()
  const held = createLeases(database).hold('alive', () => Promise.resolve(void runs++), closing.signal)
  const client = connection.getClient()
  for (let finds = 0; finds < 2;) {
    const [{ commandName }] = (await once(client, 'commandSucceeded')) as [mongo.CommandSucceededEvent]
    if (commandName === 'find') finds++
  }
  closing.abort()
  await expect(held).rejects.toMatchObject({ name: 'AbortError' })
  expect(runs).toBe(0)
})

it('gives up a lease that cannot be renewed before another process could claim it', async () => {
  const stored = database.collection<{ _id: string; until: Date }>('leases')
  const collection = database.collection('leases')
  jest.spyOn(database, 'collection').mockReturnValueOnce(collection)
  const leases = createLeases(database)
  const times = { aborted: Infinity, expired: 0 }
  await leases.hold(
    'unreachable',
    async (signal) => {
      for (const method of ['updateOne', 'updateMany'] as const)
        jest.spyOn(collection, method).mockRejectedValue(new Error('The server does not respond.'))
      await once(signal, 'abort')
      times.aborted = Date.now()
      times.expired = (await stored.findOne({ _id: 'unreachable' }))?.until.getTime() ?? 0
    },
    new AbortController().signal,
  )
  expect(times.aborted).toBeLessThan(times.expired)
})

it('renews all leases of a process with one command, and loses only the one that another process has', async () => {
  const leases = createLeases(database)
  const stored = database.collection<{ _id: string; holder: string; until: Date }>('leases')
  const closing = new AbortController()
  const names = ['first', 'second', 'third']
  const lost: string[] = []
  const work = new EventEmitter()
  let held = 0
  const holding = names.map((name) =>
    leases.hold(
      name,
      async (signal) => {
        if (++held === names.length) work.emit('all held')
        await once(signal, 'abort')
        if (closing.signal.aborted) return
        lost.push(name)
        work.emit('lost')
      },
      closing.signal,
    ),
  )
  await once(work, 'all held')
  const renewals = on(connection.getClient(), 'commandStarted') as AsyncIterable<[mongo.CommandStartedEvent]>
  for await (const [{ command }] of renewals) {
    const [update] = (command['updates'] ?? []) as { q: { _id: unknown }; multi?: boolean }[]
    if (!update?.multi) continue
    expect(update.q._id).toEqual({ $in: expect.arrayContaining(names) })
    break
  }
  const later = new Date(Date.now() + 3_600_000)
  await stored.updateOne({ _id: 'second' }, { $set: { holder: 'another', until: later } })
  await once(work, 'lost')
  closing.abort()
  await Promise.all(holding)
  expect(lost).toEqual(['second'])
})

it('is not extended by a renewal that arrives after its release', async () => {
  const stored = database.collection<{ _id: string; holder: string; until: Date }>('leases')
  let holder = ''
  await createLeases(database).hold(
    'released',
    async () => {
      holder = (await stored.findOne({ _id: 'released' }))?.holder ?? ''
    },
    new AbortController().signal,
  )
  expect(holder).not.toBe('')
  const later = new Date(Date.now() + 3_600_000)
  const renewal = await stored.updateMany({ _id: { $in: ['released'] }, holder: { $in: [holder] } }, [
    { $set: { until: later } },
  ])
  expect(renewal.matchedCount).toBe(0)
})

it('reports the holder of a lease, and for how long it was not renewed', async () => {
  await createHeldLease('unrenewed', process.ppid)
  const closing = new AbortController()
  const reports: HeldLease[] = []
  const onWait = (lease: HeldLease) => {
    if (reports.push(lease) === 3) closing.abort()
  }
  const held = createLeases(database).hold('unrenewed', () => Promise.resolve(), closing.signal, onWait)
  await expect(held).rejects.toMatchObject({ name: 'AbortError' })
  expect(reports[0]).toMatchObject({
    holder: `process ${process.ppid} of this machine or container`,
    unrenewedMs: 0,
  })
  expect(reports[0]?.until.getTime()).toBeGreaterThan(Date.now() + 3_000_000)
  expect(reports[2]?.unrenewedMs).toBeGreaterThan(reports[1]?.unrenewedMs ?? Infinity)
})
