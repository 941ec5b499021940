import type { mongo } from 'mongoose'

import { createEventLog } from '../../../../packages/event-log/createEventLog'
import { createCappedEngine } from '../../../../packages/event-log/mongo/cappedEngine'
import { createLeases, type HeldLease, type Leases } from '../../../../packages/event-log/mongo/leases'
import { openDatabase, type Connection } from '../../../../packages/subgraph-kit/mongo/database'
import { createCapturedLog } from '../../../support/capturedLog'
import { waitUntil } from '../../../support/processes'
import { testDatabaseName, testMongodbUri } from '../../../support/subgraph'
import { consume, createConsumerState, createEntity } from '../support'

let connection: Connection
let database: mongo.Db
beforeAll(async () => {
  const name = testDatabaseName('consumers')
  connection = await openDatabase(testMongodbUri(), name)
  database = connection.getClient().db(name)
})
afterAll(async () => {
  await connection.dropDatabase()
  await connection.close()
})

/** Starts a consumer whose lease is held by another process for as long as it runs. */
function startWaitingConsumer(reports: readonly HeldLease[]) {
  const { log, lines } = createCapturedLog()
  const leases: Leases = {
    hold: async (_name, _work, signal, onWait) => {
      for (const report of reports) onWait?.(report)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  }
  const eventLog = createEventLog(createCappedEngine(database, 1024 * 1024, log), leases, log)
  return { running: consume(eventLog, createConsumerState()), eventLog, lines }
}

const until = new Date('2090-01-02T03:04:05.678Z')

it('warns once when the lease of a consumer is not renewed', async () => {
  const holder = 'an unknown process'
  const { running, eventLog, lines } = startWaitingConsumer(
    [9_000, 11_000, 11_500].map((unrenewedMs) => ({ holder, until, unrenewedMs })),
  )
  await eventLog.close()
  expect(running.state).toBe('standby')
  expect(lines).toEqual([
    expect.objectContaining({
      level: 40,
      topic: 'things',
      consumer: 'tests.things',
      holder,
      msg: expect.stringMatching(
        /^The consumer tests\.things does not run: its lease is held by an unknown process until 2090-01-02T03:04:05\.678Z/,
      ),
    }),
  ])
})

it('does not warn while the lease of a consumer is renewed by its holder', async () => {
  const { eventLog, lines } = startWaitingConsumer(
    [0, 500, 0, 4_900].map((unrenewedMs) => ({
      holder: 'process 1 of another machine or container',
      until,
      unrenewedMs,
    })),
  )
  await eventLog.close()
  expect(lines).toEqual([])
})

it('is on standby, and not failing, when another holder has taken its lease', async () => {
  const { log, lines } = createCapturedLog()
  const engine = createCappedEngine(database, 1024 * 1024, log)
  const eventLog = createEventLog(engine, createLeases(database), log)
  const state = createConsumerState()
  const running = consume(eventLog, state)
  await waitUntil('the consumer has rebuilt', () => state.rebuilds === 1)
  await eventLog.publish('things', createEntity('thg_1').some(1))
  await waitUntil('the consumer reads events', () => state.events.length === 1)

  const leases = database.collection<{ _id: string }>('leases')
  await leases.updateOne(
    { _id: 'things/tests.things' },
    { $set: { holder: 'another', until, process: null } },
  )
  await waitUntil('the consumer has lost its lease', () => running.state !== 'current')
  expect(running.state).toBe('standby')
  await leases.deleteOne({ _id: 'things/tests.things' })
  await waitUntil('the consumer runs again', () => running.state === 'current')
  await eventLog.close()
  expect(lines.filter(({ msg }) => String(msg).includes('failed'))).toEqual([])
})
