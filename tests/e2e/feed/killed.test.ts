import { setTimeout as wait } from 'node:timers/promises'

import { attachOrStartMongodb } from '../../../cli/embedded-mongodb/embeddedMongodb'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { isNatsInstalled, startNats } from '../../support/nats'
import { createTestWorkspace, waitUntil } from '../../support/processes'
import { startActors } from './actors'
import { readDatabases, waitUntilConsistent } from './audit'
import { processNames, startTestSystem, type ProcessName } from './system'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

const kills = process.env['FULL'] ? 100 : 5

async function checkKills(environment: Record<string, string> = {}): Promise<void> {
  const system = await startTestSystem(workspace, environment)
  const actors = startActors(system.url, 6)

  const killed: ProcessName[] = []
  for (let count = 0; count < kills; count++) {
    const before = actors.countCompleted()
    await waitUntil('mutations succeed again', () => actors.countCompleted() > before + 20)
    // Kills at a random moment.
    await wait(Math.random() * 1000)
    const part = processNames[Math.floor(Math.random() * processNames.length)] ?? 'posts'
    killed.push(part)
    await system.killProcess(part)
  }
  for (const name of ['addComment', 'registerForEvent', 'deleteAccount'])
    await waitUntil(`${name} has succeeded`, () => actors.countCompleted(name) > 0)
  await actors.stop()

  const database = await attachOrStartMongodb({ dataDir: system.dataDir, log: () => {} })
  workspace.later(() => database.close())
  const connection = await openDatabase(database.uri, 'agora_posts')
  workspace.later(() => connection.close())
  const problems = await waitUntilConsistent(readDatabases(connection))
  expect({ killed, problems }).toEqual({ killed, problems: [] })
  expect(actors.countCompleted()).toBeGreaterThan(20 * kills)
}

const limit = kills * 60_000 + 300_000

test(`keeps every projection consistent after ${kills} kills under load`, () => checkKills(), limit)

const testWithNats = isNatsInstalled ? test : test.skip
testWithNats(
  'keeps every projection consistent with NATS',
  async () => {
    const nats = await startNats()
    workspace.later(() => nats.close())
    await checkKills({ EVENT_LOG_URL: nats.url })
  },
  limit,
)
