import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startEmbeddedMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import {
  createTestWorkspace,
  freePorts,
  isAlive,
  takePort,
  waitUntil,
  type TestProgram,
} from '../support/processes'

const workplace = createTestWorkspace()
afterEach(() => workplace.cleanUp())

const program = join(projectRoot, 'dist', 'cli', 'start', 'index.js')

/** `npm start` without npm, in a data folder of its own unless told otherwise. */
function startSystem(environment: Record<string, string>): TestProgram {
  return workplace.run(process.execPath, [program], { DATA_DIR: workplace.folder(), ...environment })
}

/** Every process, by the kernel's word. */
function everyProcess(): { pid: number; parent: number; group: number }[] {
  return readdirSync('/proc').flatMap((entry) => {
    const found = /^\d+$/.test(entry) ? /\) \S (\d+) (\d+)/.exec(statusOf(entry)) : null
    return found ? [{ pid: Number(entry), parent: Number(found[1]), group: Number(found[2]) }] : []
  })
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}

const childrenOf = (pid: number): number[] =>
  everyProcess().flatMap((process) => (process.parent === pid ? [process.pid] : []))

async function ask(port: number, query: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  return await response.json()
}

const posts = '{ posts(first: 1) { nodes { id author { handle } } } }'
const posted = { data: { posts: { nodes: expect.any(Array) } } }
const up = /Agora is up/

describe('what keeps it from starting is said in one message, quickly', () => {
  test('a port that is taken', async () => {
    const port = await freePorts()
    const taken = await takePort(port + 3)
    workplace.later(() => taken.close())
    const { code, output } = await startSystem({ PORT: String(port) }).ended
    expect(output).toContain(`Port ${port + 3}, for posts, is taken by another program.`)
    expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 1, lines: 3 })
  })

  test('a data folder that another system holds', async () => {
    const dataDir = workplace.folder()
    const database = await startEmbeddedMongodb({ dataDir, log: () => {} })
    workplace.later(() => database.close())
    const { code, output } = await startSystem({ PORT: String(await freePorts()), DATA_DIR: dataDir }).ended
    expect(output).toContain(`The data folder ${dataDir} is in use by another system (process `)
    expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 1, lines: 3 })
  })

  test('a database that cannot be reached, without its password', async () => {
    const { port, close } = await takePort()
    await close()
    const MONGODB_URI = `mongodb://agora:very-secret@127.0.0.1:${port}/`
    const { code, output } = await startSystem({ PORT: String(await freePorts()), MONGODB_URI }).ended
    expect(output).toContain(`The database at mongodb://127.0.0.1:${port}/ cannot be reached`)
    expect(output).not.toContain('very-secret')
    expect(code).toBe(1)
  })

  test('a configuration that is wrong, every problem at once', async () => {
    const invalid = {
      PORT: 'many',
      MONGODB_URI: 'localhost',
      DEMO: 'perhaps',
      // Settings of the users subgraph and of the router.
      ADMIN_PASSWORD: 'short',
      MAX_DEPTH: 'deep',
      POSTS_QUERY_RETRIES: '3',
    }
    const { code, output } = await startSystem(invalid).ended
    for (const name of Object.keys(invalid)) expect(output).toContain(`  ${name}: `)
    expect(code).toBe(1)
  })
})

test('a system starts, loses every part once and carries on, and ends in order with nothing left', async () => {
  const port = await freePorts()
  const dataDir = workplace.folder()
  const system = startSystem({ PORT: String(port), DATA_DIR: dataDir })
  await system.waitForOutput(up)
  expect(system.output()).toContain('Sign in   noor (noor@agora.example)\n')
  expect(system.output()).toContain('Admin     ada (ada@agora.example)\n')
  expect(system.output()).toContain('Password  welcome to the agora\n')
  expect(await ask(port, posts)).toMatchObject(posted)

  const pid = system.child.pid ?? 0
  const parts = childrenOf(pid)
  expect(parts).toHaveLength(6)
  for (const part of parts) process.kill(part, 'SIGKILL')
  await waitUntil(
    'every part is back',
    () => childrenOf(pid).filter((part) => !parts.includes(part)).length === 6,
  )
  await waitUntil(
    'it answers again',
    () =>
      ask(port, posts).then(
        (answer) => typeof answer === 'object' && answer !== null && !('errors' in answer),
        () => false,
      ),
    20_000,
  )

  const second = childrenOf(pid)
  system.child.kill('SIGTERM')
  expect((await system.ended).code).toBe(0)
  expect(second.filter(isAlive)).toEqual([])
  expect(readdirSync(join(dataDir, 'run', 't'))).toEqual([])
}, 60_000)

test('in production there is no demo community, and on request one without an administrator', async () => {
  const port = await freePorts()
  const environment = { PORT: String(port), DATA_DIR: workplace.folder(), NODE_ENV: 'production' }
  const people = '{ userByHandle(handle: "noor") { role } admin: userByHandle(handle: "ada") { role } }'
  const empty = startSystem(environment)
  await empty.waitForOutput(up)
  expect(empty.output()).not.toMatch(/Sign in|Admin|Password/)
  expect(empty.output()).toContain('no administrator: set ADMIN_EMAIL and ADMIN_PASSWORD')
  expect(await ask(port, people)).toEqual({ data: { userByHandle: null, admin: null } })
  empty.child.kill('SIGTERM')
  await empty.ended

  const wanted = startSystem({ ...environment, DEMO: 'true' })
  await wanted.waitForOutput(up)
  expect(wanted.output()).toContain('Sign in   noor (noor@agora.example)\n')
  expect(wanted.output()).not.toContain('Admin')
  const member = { role: 'MEMBER' }
  expect(await ask(port, people)).toEqual({ data: { userByHandle: member, admin: member } })
}, 60_000)

test('production refuses a database in which development left a demo administrator', async () => {
  const environment = { PORT: String(await freePorts()), DATA_DIR: workplace.folder() }
  const development = startSystem(environment)
  await development.waitForOutput(up)
  development.child.kill('SIGTERM')
  await development.ended
  const { code, output } = await startSystem({ ...environment, NODE_ENV: 'production' }).ended
  expect(output).toContain('have the published password: ada')
  expect(output).not.toMatch(up)
  expect(code).toBe(1)
}, 60_000)

test('when the system is killed its parts end; it can be started again at once, and Ctrl-C ends it under npm too', async () => {
  const environment = { PORT: String(await freePorts()), DATA_DIR: workplace.folder() }
  const killed = startSystem(environment)
  await killed.waitForOutput(up)
  const parts = childrenOf(killed.child.pid ?? 0)
  killed.child.kill('SIGKILL')
  // Their database ends with them; a part that waits for it in vain has an end all the same, after 14 s.
  await waitUntil('every part has ended', () => !parts.some(isAlive), 20_000)

  const next = workplace.run('npm', ['start'], environment)
  await next.waitForOutput(up)
  const all = everyProcess()
    .filter(({ group }) => group === next.child.pid)
    .flatMap(({ pid }) => [pid, ...childrenOf(pid)])
  expect(all.length).toBeGreaterThanOrEqual(6 + 2)
  next.signalGroup('SIGINT')
  await next.ended
  await waitUntil('every process has ended', () => !all.some(isAlive))
  expect(next.output()).toMatch(/Agora has stopped\.\s*$/)
}, 90_000)

test('when nobody reads its output any more it ends in order', async () => {
  const system = startSystem({ PORT: String(await freePorts()) })
  await system.waitForOutput(up)
  const parts = childrenOf(system.child.pid ?? 0)
  system.child.stdout?.destroy()
  // It has something to say now.
  for (const part of parts.slice(-1)) process.kill(part, 'SIGKILL')
  expect(await system.ended).toMatchObject({ code: 0, output: expect.not.stringContaining('EPIPE') })
  await waitUntil('every part has ended', () => !parts.some(isAlive))
})
