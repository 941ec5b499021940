import { setTimeout as wait } from 'node:timers/promises'

import { useDatabase } from '../../../local/database/startDatabase'
import { openDatabase } from '../../../subgraphs/shared/database'
import { isNatsInstalled, startNats } from '../../support/nats'
import { createWorkplace, waitUntil } from '../../support/processes'
import { startActors } from './actors'
import { findProblems, readDatabases } from './audit'
import { parts, startSystem, type Part } from './system'

const workplace = createWorkplace()
afterEach(() => workplace.cleanUp())

const kills = process.env['FULL'] ? 100 : 5

async function checkKills(environment: Record<string, string> = {}): Promise<void> {
  const system = await startSystem(workplace, environment)
  const actors = startActors(system.url, 6)

  const killed: Part[] = []
  for (let count = 0; count < kills; count++) {
    const before = actors.done()
    await waitUntil('the system is in use again', () => actors.done() > before + 20, 60_000)
    // A random moment is what is wanted here; nothing is waited for.
    await wait(Math.random() * 1000)
    const part = parts[Math.floor(Math.random() * parts.length)] ?? 'posts'
    killed.push(part)
    await system.kill(part)
  }
  await actors.stop()

  const database = await useDatabase({ dataDir: system.dataDir, log: () => {} })
  workplace.later(() => database.close())
  const connection = await openDatabase(database.uri, 'agora_posts')
  workplace.later(() => connection.close())
  const read = readDatabases(connection)
  let problems: string[] = []
  await waitUntil(
    'nothing differs',
    async () => (problems = await findProblems(read)).length === 0,
    60_000,
  ).catch(() => undefined)
  expect({ killed, problems }).toEqual({ killed, problems: [] })
  for (const name of ['addComment', 'registerForEvent', 'deleteAccount'])
    expect(actors.done(name)).toBeGreaterThan(0)
  expect(actors.done()).toBeGreaterThan(20 * kills)
}

const limit = kills * 20_000 + 120_000

test(
  `after ${kills} kills at random moments, under load, every copy is what its owner says`,
  () => checkKills(),
  limit,
)

const testWithNats = isNatsInstalled ? test : test.skip
testWithNats(
  'so it is with NATS',
  async () => {
    const nats = await startNats()
    workplace.later(() => nats.close())
    await checkKills({ FEED_URL: nats.url })
  },
  limit,
)
