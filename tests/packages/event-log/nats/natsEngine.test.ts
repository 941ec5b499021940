import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

import { openDatabase } from '../../../../packages/subgraph-kit/mongo/database'
import { openEventLog } from '../../../../packages/event-log/openEventLog'
import { createLog } from '../../../../packages/platform/log'
import { isNatsInstalled, startNats } from '../../../support/nats'
import { waitUntil } from '../../../support/processes'
import { testMongodbUri } from '../../../support/subgraph'
import { feedContract } from '../eventLogContract'
import { consume, consumeFromNow, createEntity, waitFor, type TestEngine } from '../support'

/** On a NATS server of its own, which can be killed. */
async function startEngine(): Promise<TestEngine> {
  const { url, restart, close } = await startNats()
  const log = createLog('feed', process.env['LOG_LEVEL'] ?? 'silent')

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
if (!isNatsInstalled) console.log('nats-server is not installed: the feed is not tested on it.')

describeIfInstalled('the feed in NATS JetStream', () => {
  feedContract(startEngine)

  it('notices that the server came back with an older store, even when that has grown since', async () => {
    const nats = await startNats()
    const log = createLog('feed', process.env['LOG_LEVEL'] ?? 'silent')
    const open = () => openEventLog({ url: nats.url, mongodbUri: testMongodbUri(), database: 'older', log })
    const entity = createEntity('restored')
    let feed = await open()
    const stored = await consumeFromNow(feed)
    await feed.publish('things', entity.some(2))
    await feed.close()
    await nats.backUp()

    feed = await open()
    let running = consume(feed, stored)
    await feed.publish('things', entity.some(3))
    await waitFor(stored, 5)
    await running.close()
    await feed.close()
    await nats.restore()

    feed = await open()
    await feed.publish('things', createEntity('later').some(3))
    expect(stored.rebuilds).toBe(1)
    running = consume(feed, stored)
    await waitUntil('the consumer has rebuilt', () => stored.rebuilds === 2)
    await running.close()
    await feed.close()
    await nats.close()
  }, 60_000)
})
