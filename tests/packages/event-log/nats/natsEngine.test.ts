import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

import { openDatabase } from '../../../../packages/subgraph-kit/mongo/database'
import { openEventLog } from '../../../../packages/event-log/openEventLog'
import { createLog } from '../../../../packages/platform/log'
import { isNatsInstalled, startNats } from '../../../support/nats'
import { waitUntil } from '../../../support/processes'
import { testMongodbUri } from '../../../support/subgraph'
import { describeEventLogContract } from '../eventLogContract'
import { consume, consumeFromNow, createEntity, waitFor, type TestEngine } from '../support'

/** Starts a NATS server, which can be killed. */
async function startEngine(): Promise<TestEngine> {
  const { url, restart, close } = await startNats()
  const log = createLog('event-log', process.env['LOG_LEVEL'] ?? 'silent')

  return {
    open: (store, size) =>
      openEventLog({
        url,
        mongodbUri: testMongodbUri(),
        database: store,
        log,
        ...(size === 'small' && { maxTopicBytes: 32 * 1024 }),
      }),
    async lose(store) {
      const connection = await connect({ servers: url })
      const { streams } = await jetstreamManager(connection)
      for await (const { config } of streams.list()) {
        if (config.name.startsWith(`${store}_`)) await streams.delete(config.name)
      }
      await connection.close()
      const database = await openDatabase(testMongodbUri(), store)
      await database.dropDatabase()
      await database.close()
    },
    restart,
    close,
  }
}

const describeIfInstalled = isNatsInstalled ? describe : describe.skip
if (!isNatsInstalled) console.log('nats-server is not installed: its engine is not tested.')

describeIfInstalled('the event log in NATS JetStream', () => {
  describeEventLogContract(startEngine)

  it('detects a gap when the server was restored from an older backup, even when that has grown since', async () => {
    const nats = await startNats()
    const log = createLog('event-log', process.env['LOG_LEVEL'] ?? 'silent')
    const open = () => openEventLog({ url: nats.url, mongodbUri: testMongodbUri(), database: 'older', log })
    const entity = createEntity('restored')
    let eventLog = await open()
    const stored = await consumeFromNow(eventLog)
    await eventLog.publish('things', entity.some(2))
    await eventLog.close()
    await nats.backUp()

    eventLog = await open()
    let running = consume(eventLog, stored)
    await eventLog.publish('things', entity.some(3))
    await waitFor(stored, 5)
    await running.close()
    await eventLog.close()
    await nats.restore()

    eventLog = await open()
    await eventLog.publish('things', createEntity('later').some(3))
    expect(stored.rebuilds).toBe(1)
    running = consume(eventLog, stored)
    await waitUntil('the consumer has rebuilt', () => stored.rebuilds === 2)
    await running.close()
    await eventLog.close()
    await nats.close()
  })
})
