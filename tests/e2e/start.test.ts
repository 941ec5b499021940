import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startEmbeddedMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import {
  createTestWorkspace,
  freePorts,
  generousTimeouts,
  isAlive,
  takePort,
  waitUntil,
  type TestProgram,
} from '../support/processes'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

const program = join(projectRoot, 'dist', 'cli', 'start', 'index.js')

/** Runs `npm start` without npm, by default in a new data directory. */
function startSystem(environment: Record<string, string>): TestProgram {
  const defaults = { ...generousTimeouts, DATA_DIR: workspace.folder() }
  return workspace.run(process.execPath, [program], { ...defaults, ...environment })
}

/** Lists the processes of the machine from /proc. */
function listProcesses(): { pid: number; parent: number; group: number }[] {
  return readdirSync('/proc').flatMap((entry) => {
    const found = /^\d+$/.test(entry) ? /\) \S (\d+) (\d+)/.exec(readProcessStatus(entry)) : null
    return found ? [{ pid: Number(entry), parent: Number(found[1]), group: Number(found[2]) }] : []
  })
}

function readProcessStatus(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}

const listChildren = (pid: number): number[] =>
  listProcesses().flatMap((process) => (process.parent === pid ? [process.pid] : []))

async function query(port: number, document: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: document }),
  })
  return await response.json()
}

const posts = '{ posts(first: 1) { nodes { id author { handle } } } }'
const postsResponse = { data: { posts: { nodes: expect.any(Array) } } }
const up = /Agora is up/

describe('reports in one message why it cannot start', () => {
  test('because a port is taken', async () => {
    const port = await freePorts()
    const taken = await takePort(port + 3)
    workspace.later(() => taken.close())
    const { code, output } = await startSystem({ PORT: String(port) }).ended
    expect(output).toContain(`Port ${port + 3}, for posts, is taken by another program.`)
    expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 1, lines: 3 })
  })

  test('because a port for metrics is taken', async () => {
    const port = await freePorts(10)
    const taken = await takePort(port + 7)
    workspace.later(() => taken.close())
    const { code, output } = await startSystem({ PORT: String(port), METRICS_PORT: String(port + 5) }).ended
    expect(output).toContain(
      `Port ${port + 7}, for events metrics, is taken by another program. Stop that program, or set METRICS_PORT to`,
    )
    expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 1, lines: 3 })
  })

  test.each([-4, 0, 4])('because METRICS_PORT is PORT plus %i', async (difference) => {
    const port = await freePorts()
    const METRICS_PORT = String(port + difference)
    const { code, output } = await startSystem({ PORT: String(port), METRICS_PORT }).ended
    expect(output).toMatch(/METRICS_PORT: its five ports overlap those of PORT/)
    expect(code).toBe(1)
  })

  test('because another system holds the data directory', async () => {
    const dataDir = workspace.folder()
    const database = await startEmbeddedMongodb({ dataDir, log: () => {} })
    workspace.later(() => database.close())
    const { code, output } = await startSystem({ PORT: String(await freePorts()), DATA_DIR: dataDir }).ended
    const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('… waiting for'))
    expect(output).toContain(`The data folder ${dataDir} is in use by another system (process `)
    expect({ code, lines: lines.length }).toEqual({ code: 1, lines: 3 })
  })

  test('because the database cannot be reached, without its password', async () => {
    const { port, close } = await takePort()
    await close()
    const MONGODB_URI = `mongodb://agora:very-secret@127.0.0.1:${port}/`
    const { code, output } = await startSystem({ PORT: String(await freePorts()), MONGODB_URI }).ended
    expect(output).toContain(`The database at mongodb://127.0.0.1:${port}/ cannot be reached`)
    expect(output).not.toContain('very-secret')
    expect(code).toBe(1)
  })

  test('because the configuration is invalid, with every problem', async () => {
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

test('starts, restarts every killed process, and stops in order', async () => {
  const port = await freePorts()
  const dataDir = workspace.folder()
  const system = startSystem({ PORT: String(port), DATA_DIR: dataDir })
  await system.waitForOutput(up)
  expect(system.output()).toContain('Sign in   noor (noor@agora.example)\n')
  expect(system.output()).toContain('Admin     ada (ada@agora.example)\n')
  expect(system.output()).toContain('Password  welcome to the agora\n')
  expect(await query(port, posts)).toMatchObject(postsResponse)

  const pid = system.child.pid ?? 0
  const processes = listChildren(pid)
  expect(processes).toHaveLength(6)
  for (const child of processes) process.kill(child, 'SIGKILL')
  await waitUntil(
    'every process has restarted',
    () => listChildren(pid).filter((child) => !processes.includes(child)).length === 6,
  )
  await waitUntil('it responds again', () =>
    query(port, posts).then(
      (response) => typeof response === 'object' && response !== null && !('errors' in response),
      () => false,
    ),
  )

  const second = listChildren(pid)
  system.child.kill('SIGTERM')
  expect((await system.ended).code).toBe(0)
  expect(second.filter(isAlive)).toEqual([])
  expect(readdirSync(join(dataDir, 'run', 't'))).toEqual([])
})

test('loads no demo community in production, or on request one without an administrator', async () => {
  const port = await freePorts()
  const environment = { PORT: String(port), DATA_DIR: workspace.folder(), NODE_ENV: 'production' }
  const roles = '{ userByHandle(handle: "noor") { role } admin: userByHandle(handle: "ada") { role } }'
  const empty = startSystem(environment)
  await empty.waitForOutput(up)
  expect(empty.output()).not.toMatch(/Sign in|Admin|Password/)
  expect(empty.output()).toContain('no administrator: set ADMIN_EMAIL and ADMIN_PASSWORD')
  expect(await query(port, roles)).toEqual({ data: { userByHandle: null, admin: null } })
  empty.child.kill('SIGTERM')
  await empty.ended

  const requested = startSystem({ ...environment, DEMO: 'true' })
  await requested.waitForOutput(up)
  expect(requested.output()).toContain('Sign in   noor (noor@agora.example)\n')
  expect(requested.output()).not.toContain('Admin')
  const member = { role: 'MEMBER' }
  expect(await query(port, roles)).toEqual({ data: { userByHandle: member, admin: member } })
})

test('rejects in production a database with a demo administrator from development', async () => {
  const environment = { PORT: String(await freePorts()), DATA_DIR: workspace.folder() }
  const development = startSystem(environment)
  await development.waitForOutput(up)
  development.child.kill('SIGTERM')
  await development.ended
  const { code, output } = await startSystem({ ...environment, NODE_ENV: 'production' }).ended
  expect(output).toContain('have the published password: ada')
  expect(output).not.toMatch(up)
  expect(code).toBe(1)
})

test('leaves no process when it is killed, starts again at once, and stops on Ctrl-C under npm', async () => {
  const environment = { PORT: String(await freePorts()), DATA_DIR: workspace.folder() }
  const killed = startSystem(environment)
  await killed.waitForOutput(up)
  const processes = listChildren(killed.child.pid ?? 0)
  killed.child.kill('SIGKILL')
  // Within 2 s on a machine that is not busy, which the long tests require.
  const limitMs = process.env['FULL'] ? 2_000 : 60_000
  await waitUntil('every process has ended', () => !processes.some(isAlive), limitMs)

  const next = workspace.run('npm', ['start'], environment)
  await next.waitForOutput(up)
  const all = listProcesses()
    .filter(({ group }) => group === next.child.pid)
    .flatMap(({ pid }) => [pid, ...listChildren(pid)])
  expect(all.length).toBeGreaterThanOrEqual(6 + 2)
  next.signalGroup('SIGINT')
  await next.ended
  await waitUntil('every process has ended', () => !all.some(isAlive))
  expect(next.output()).toMatch(/Agora has stopped\.\s*$/)
})

test('stops in order when its output is closed', async () => {
  const system = startSystem({ PORT: String(await freePorts()) })
  await system.waitForOutput(up)
  const processes = listChildren(system.child.pid ?? 0)
  for (const stream of [system.child.stdout, system.child.stderr]) stream?.destroy()
  // Causes a line of output.
  for (const child of processes.slice(-1)) process.kill(child, 'SIGKILL')
  expect(await system.ended).toMatchObject({ code: 0, output: expect.not.stringContaining('EPIPE') })
  await waitUntil('every process has ended', () => !processes.some(isAlive))
})
