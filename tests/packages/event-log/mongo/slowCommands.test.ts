import type { Connection } from 'mongoose'

import { createDatabaseTelemetry } from '../../../../packages/event-log/mongo/databaseTelemetry'
import { openDatabase } from '../../../../packages/event-log/mongo/connection'
import { createMetricsRegistry } from '../../../../packages/platform/telemetry/metrics'
import { createCapturedLog } from '../../../support/capturedLog'
import { waitUntil } from '../../../support/processes'
import { testDatabaseName, testMongodbUri } from '../../../support/subgraph'

const { log, lines } = createCapturedLog()
let connection: Connection
beforeAll(async () => {
  // Every command is slow.
  const telemetry = createDatabaseTelemetry({
    registry: createMetricsRegistry(),
    isTracing: false,
    slowMs: 0,
    log,
  })
  connection = await openDatabase(testMongodbUri(), testDatabaseName('slow'), telemetry)
  const things = connection.collection('things')
  await things.createIndex({ owner: 1, at: -1 })
  await things.insertMany(Array.from({ length: 20 }, (_, at) => ({ owner: at % 2 ? 'one' : 'other', at })))
})
afterAll(async () => {
  await connection.dropDatabase()
  await connection.close()
})

async function waitForLine(shape: string) {
  const find = () => lines.find((line) => line['shape'] === shape)
  await waitUntil(`${shape} is logged`, () => find() !== undefined)
  return find()
}

it('logs the shape and the plan of a slow find, without its values', async () => {
  await connection.collection('things').find({ owner: 'one' }).sort({ at: -1 }).limit(3).toArray()
  expect(await waitForLine('find things {owner} sort {at}')).toMatchObject({
    msg: 'A database command was slow',
    database: connection.name,
    collection: 'things',
    command: 'find',
    durationMs: expect.any(Number),
    plan: expect.stringContaining('IXSCAN owner_1_at_-1'),
    keysExamined: 3,
    docsExamined: 3,
  })
  expect(JSON.stringify(lines)).not.toContain('"one"')
})

it('shows a collection scan with the number of documents that it reads', async () => {
  await connection.collection('things').countDocuments({ unindexed: 'secret' })
  const shape = 'aggregate things [$match {unindexed}, $group]'
  expect(await waitForLine(shape)).toMatchObject({
    plan: expect.stringContaining('COLLSCAN'),
    docsExamined: 20,
  })
})

it('explains writes without executing them again', async () => {
  const things = connection.collection('things')
  await things.updateOne({ owner: 'other', at: 4 }, { $inc: { changes: 1 } })
  await waitForLine('update things {owner, at}')
  expect(await things.findOne({ owner: 'other', at: 4 })).toMatchObject({ changes: 1 })
})

it('logs an insert, which has no plan', async () => {
  await connection.collection('things').insertOne({ owner: 'three' })
  const line = await waitForLine('insert things')
  expect(line).toMatchObject({ plan: 'unknown' })
})

it('explains each shape once a minute at most', async () => {
  const things = connection.collection('things')
  const shape = 'find things {at}'
  await things.find({ at: 1 }).toArray()
  await waitForLine(shape)
  await things.insertMany(Array.from({ length: 5 }, () => ({ at: 1 })))
  await things.find({ at: 1 }).toArray()
  await waitUntil('both are logged', () => lines.filter((line) => line['shape'] === shape).length === 2)
  const examined = lines.filter((line) => line['shape'] === shape).map((line) => line['docsExamined'])
  expect(examined[1]).toBe(examined[0])
})
