import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startEmbeddedMongodb } from '../../../../cli/embedded-mongodb/embeddedMongodb'
import { openDatabase } from '../../../../packages/subgraph-kit/mongo/database'
import { openEventLog } from '../../../../packages/event-log/openEventLog'
import { createLog } from '../../../../packages/platform/log'
import { isAlive, waitUntil } from '../../../support/processes'
import { describeEventLogContract } from '../eventLogContract'
import type { TestEngine } from '../support'

/** Starts an embedded database, which can be killed. */
async function startEngine(): Promise<TestEngine> {
  const dataDir = mkdtempSync(join(tmpdir(), 'agora-event-log-'))
  const database = await startEmbeddedMongodb({ dataDir, log: () => {} })
  const readHostPid = () => Number.parseInt(readFileSync(join(dataDir, 'mongodb', 'mongod.lock'), 'utf8'), 10)
  const log = createLog('event-log', process.env['LOG_LEVEL'] ?? 'silent')
  return {
    open: (store, size) =>
      openEventLog({
        mongodbUri: database.uri,
        database: store,
        log,
        ...(size === 'small' && { maxTopicBytes: 32 * 1024 }),
      }),
    async lose(store) {
      const connection = await openDatabase(database.uri, store)
      await connection.dropDatabase()
      await connection.close()
    },
    async restart() {
      const killed = readHostPid()
      process.kill(killed, 'SIGKILL')
      await waitUntil('the server is back', () => !isAlive(killed) && readHostPid() !== killed)
    },
    async close() {
      await database.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

describe('the event log in capped collections', () => describeEventLogContract(startEngine))
