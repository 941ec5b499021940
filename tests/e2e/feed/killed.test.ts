import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { useDatabase } from '../../../local/database/startDatabase'
import { projectRoot } from '../../../schema/root'
import { openDatabase } from '../../../subgraphs/shared/database'
import { createWorkplace, freePorts, waitUntil } from '../../support/processes'
import { startActors } from './actors'
import { findProblems, readDatabases } from './audit'

const workplace = createWorkplace()
afterEach(() => workplace.cleanUp())

const kills = process.env['FULL'] ? 100 : 5
const parts = ['users', 'events', 'posts', 'comments', 'router', 'database'] as const
type Part = (typeof parts)[number]

/** The processes of a system's parts, by the kernel's word. */
function partsOf(system: number): Map<Part, number> {
  const found = new Map<Part, number>()
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, parent] = /\) \S (\d+)/.exec(readFileSync(join('/proc', entry, 'stat'), 'utf8')) ?? []
      if (Number(parent) !== system) continue
      const command = readFileSync(join('/proc', entry, 'cmdline'), 'utf8')
      const part = parts.find((name) =>
        command.includes(name === 'database' ? join('database', 'host.js') : join(name, 'index.js')),
      )
      if (part) found.set(part, Number(entry))
    } catch {
      // It has ended meanwhile.
    }
  }
  return found
}

test(
  `after ${kills} kills at random moments, under load, every copy is what its owner says`,
  async () => {
    const port = await freePorts()
    const dataDir = workplace.folder()
    const program = join(projectRoot, 'dist', 'local', 'index.js')
    const system = workplace.run(process.execPath, [program], {
      DATA_DIR: dataDir,
      PORT: String(port),
      DEMO: 'false',
    })
    await system.says(/Agora is up/)
    const url = `http://127.0.0.1:${port}/graphql`
    const actors = startActors(url, 6)
    const isReady = async () =>
      (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.status === 200

    const killed: Part[] = []
    for (let count = 0; count < kills; count++) {
      const before = actors.done()
      await waitUntil('the system is in use again', () => actors.done() > before + 20, 60_000)
      // A random moment is what is wanted here; nothing is waited for.
      await wait(Math.random() * 1000)
      const part = parts[Math.floor(Math.random() * parts.length)] ?? 'posts'
      const pid = partsOf(system.child.pid ?? 0).get(part)
      if (pid === undefined) throw new Error(`There is no ${part}.`)
      process.kill(pid, 'SIGKILL')
      killed.push(part)
      await waitUntil(
        `${part} is back`,
        async () => ![undefined, pid].includes(partsOf(system.child.pid ?? 0).get(part)) && (await isReady()),
        60_000,
      )
    }
    await actors.stop()

    const database = await useDatabase({ dataDir, log: () => {} })
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
  },
  kills * 20_000 + 120_000,
)
