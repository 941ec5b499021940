import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { mongo } from 'mongoose'

import { openDatabase, type Connection } from '../../../../packages/subgraph-kit/mongo/database'
import { createLeases } from '../../../../packages/event-log/mongo/leases'
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

/** A lease of another holder's that lasts for an hour, held by a process with this ID. */
async function heldBy(name: string, pid: number): Promise<void> {
  const leases = database.collection<{ _id: string; process: { space: string; pid: number } }>('leases')
  await createLeases(database).hold(name, () => Promise.resolve(), new AbortController().signal)
  const update = { $set: { holder: 'another', until: new Date(Date.now() + 3_600_000), 'process.pid': pid } }
  expect(await leases.updateOne({ _id: name }, update)).toMatchObject({ modifiedCount: 1 })
}

it('a lease whose holder has died is free, long before it lapses', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  await heldBy('dead', child.pid ?? 0)
  let works = 0
  await createLeases(database).hold('dead', () => Promise.resolve(void works++), new AbortController().signal)
  expect(works).toBe(1)
})

it('a lease whose holder lives is not', async () => {
  await heldBy('alive', process.ppid)
  let works = 0
  const closing = new AbortController()
  const held = createLeases(database).hold('alive', () => Promise.resolve(void works++), closing.signal)
  const client = connection.getClient()
  for (let asked = 0; asked < 2;) {
    const [{ commandName }] = (await once(client, 'commandSucceeded')) as [mongo.CommandSucceededEvent]
    if (commandName === 'find') asked++
  }
  closing.abort()
  await expect(held).rejects.toMatchObject({ name: 'AbortError' })
  expect(works).toBe(0)
})
