import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

import { openDatabase } from '../../../../subgraphs/shared/database'
import { openFeed } from '../../../../subgraphs/shared/feed/openFeed'
import { createLog } from '../../../../subgraphs/shared/log'
import { isNatsInstalled, startNats } from '../../../support/nats'
import { testMongodbUri } from '../../../support/subgraph'
import { feedContract } from './contract'
import type { TestEngine } from './support'

/** On a NATS server of its own, which can be killed. */
async function startEngine(): Promise<TestEngine> {
  const { url, restart, close } = await startNats()
  const log = createLog('feed', process.env['LOG_LEVEL'] ?? 'silent')

  return {
    open: (store, size) =>
      openFeed({
        url,
        mongodbUri: testMongodbUri(),
        database: store,
        log,
        ...(size === 'small' && { bytes: 32 * 1024 }),
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

describeIfInstalled('the feed in NATS JetStream', () => feedContract(startEngine))
