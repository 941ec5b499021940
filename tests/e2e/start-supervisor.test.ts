import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { ProcessDefinition } from '../../cli/supervisor/managedProcess'
import { createSupervisor } from '../../cli/supervisor/supervisor'
import { createReadableOutput } from '../../cli/supervisor/systemOutput'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { createTestWorkspace, freePorts, isAlive, waitUntil } from '../support/processes'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

// A process that records its start and end, is ready by HTTP or by message, and ends like the processes of the system.
const testProgram = `
  const { appendFileSync } = require('node:fs')
  const { createServer } = require('node:http')
  const [name, journal, port] = process.argv.slice(2)
  const write = (event) => appendFileSync(journal, event + ' ' + name + ' ' + process.pid + '\\n')
  const end = () => { write('end'); process.exit() }
  process.on('SIGTERM', end).on('disconnect', end)
  write('start')
  if (port) createServer((request, response) => response.end()).listen(Number(port), '127.0.0.1')
  else process.send('ready')
  setInterval(() => {}, 60_000)`

function createTestSystem() {
  const folder = workspace.folder()
  const journal = join(folder, 'journal')
  const program = join(folder, 'process.js')
  writeFileSync(journal, '')
  writeFileSync(program, testProgram)
  const entries = () =>
    readFileSync(journal, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [event, name, pid] = line.split(' ')
        return event && name ? [{ event, name, pid: Number(pid) }] : []
      })
  const define = (name: string, port?: number): ProcessDefinition => ({
    name,
    command: process.execPath,
    args: [program, name, journal, ...(port === undefined ? [] : [String(port)])],
    env: {},
    readiness:
      port === undefined
        ? { by: 'message', accept: () => {} }
        : { by: 'http', url: `http://127.0.0.1:${port}/` },
  })
  return {
    folder,
    define,
    entries,
    history: () => entries().map(({ event, name }) => `${event} ${name}`),
    findPid: (name: string) => entries().findLast((entry) => entry.name === name)?.pid ?? 0,
  }
}

function supervise(stages: ProcessDefinition[][]) {
  const lines: string[] = []
  const supervisor = createSupervisor({
    stages: stages.map((processes) => ({ processes })),
    output: createReadableOutput((line) => lines.push(line)),
  })
  workspace.later(() => supervisor.stop())
  return { ...supervisor, lines }
}

/** Removes the lines about processes that start slowly, as on a busy machine. */
const withoutWaits = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('… waiting'))

const failing = (name: string, code: string): ProcessDefinition => ({
  name,
  command: process.execPath,
  args: ['-e', code],
  env: {},
  readiness: { by: 'message', accept: () => {} },
})

test('starts stages in order and stops them in reverse order', async () => {
  const system = createTestSystem()
  const port = await freePorts(1)
  const supervisor = supervise([
    [system.define('database')],
    [system.define('posts', port)],
    [system.define('router')],
  ])
  await supervisor.start()
  expect([...supervisor.phases().values()]).toEqual(['ready', 'ready', 'ready'])
  await supervisor.stop()
  expect([...supervisor.phases().values()]).toEqual(['stopped', 'stopped', 'stopped'])
  expect(system.history()).toEqual([
    'start database',
    'start posts',
    'start router',
    'end router',
    'end posts',
    'end database',
  ])
})

test('starts a stage together with the previous one, and stops it first', async () => {
  const system = createTestSystem()
  const slow = { ...system.define('posts'), readiness: { by: 'http', url: 'http://127.0.0.1:1/' } as const }
  const stages = [{ processes: [slow] }, { processes: [system.define('router')], startsWithPrevious: true }]
  const supervisor = createSupervisor({ stages, output: createReadableOutput(() => {}) })
  void supervisor.start()
  await waitUntil('the router is ready', () => supervisor.phases().get('router') === 'ready')
  await waitUntil('posts has started', () => system.history().includes('start posts'))
  await supervisor.stop()
  expect(system.history().slice(2)).toEqual(['end router', 'end posts'])
})

test('restarts a process that was killed, and no other', async () => {
  const system = createTestSystem()
  const supervisor = supervise([
    [system.define('database')],
    [system.define('posts'), system.define('users')],
  ])
  await supervisor.start()
  for (const name of ['posts', 'database']) {
    const killed = system.findPid(name)
    process.kill(killed, 'SIGKILL')
    await waitUntil(
      `${name} is back`,
      () => system.findPid(name) !== killed && supervisor.phases().get(name) === 'ready',
    )
  }
  expect(withoutWaits(supervisor.lines)).toEqual([
    '[posts] ended (SIGKILL); restarting in 0.2 s',
    '[database] ended (SIGKILL); restarting in 0.2 s',
  ])
  expect(system.history().filter((entry) => entry.endsWith('users'))).toEqual(['start users'])
})

test('does not restart a waiting process after the stop', async () => {
  const system = createTestSystem()
  const supervisor = supervise([[system.define('posts')]])
  await supervisor.start()
  process.kill(system.findPid('posts'), 'SIGKILL')
  await waitUntil('posts is waiting', () => supervisor.phases().get('posts') === 'waiting')
  await supervisor.stop()
  expect(supervisor.phases().get('posts')).toBe('stopped')
  expect(system.history()).toEqual(['start posts'])
})

test('does not restart a process that fails to start, and throws its standard error', async () => {
  const system = createTestSystem()
  const invalid = failing('users', `console.error('ROUTER_SECRET: is not set'); process.exit(1)`)
  const supervisor = supervise([[system.define('database')], [invalid], [system.define('router')]])
  await expect(supervisor.start()).rejects.toThrow(/^ROUTER_SECRET: is not set$/)
  expect(withoutWaits(supervisor.lines)).toEqual([])
  await supervisor.stop()
  expect(system.history()).toEqual(['start database', 'end database'])
})

test.each([
  ['prints nothing', failing('users', 'process.exit(3)'), 'users ended before it was ready (exit code 3).'],
  [
    'cannot be spawned',
    { ...failing('users', ''), command: '/no/such/program' },
    'spawn /no/such/program ENOENT',
  ],
])('names a process that %s', async (_, part, message) => {
  await expect(supervise([[part]]).start()).rejects.toThrow(message)
})

test('stops processes that are still starting', async () => {
  const system = createTestSystem()
  const never = { ...system.define('posts'), readiness: { by: 'http', url: 'http://127.0.0.1:1/' } as const }
  const supervisor = supervise([[system.define('database')], [never], [system.define('router')]])
  void supervisor.start()
  await waitUntil('posts has started', () => system.history().includes('start posts'))
  await supervisor.stop()
  expect(system.history()).toEqual(['start database', 'start posts', 'end posts', 'end database'])
  expect(supervisor.phases().get('router')).toBe('stopped')
})

test('names a slow process while waiting for it', async () => {
  const system = createTestSystem()
  const port = await freePorts(1)
  const slow = {
    ...system.define('posts'),
    readiness: { by: 'http', url: `http://127.0.0.1:${port}/` } as const,
  }
  const supervisor = supervise([[slow]])
  const started = supervisor.start()
  await waitUntil('a line is written', () => supervisor.lines.length > 0)
  expect(supervisor.lines[0]).toMatch(/^… waiting for posts \(\d+ s\)$/)
  const endpoint = createServer((_request, response) => response.end()).listen(port, '127.0.0.1')
  workspace.later(() => {
    endpoint.closeAllConnections()
    endpoint.close()
  })
  await started
})

test('leaves no process when the supervisor is killed', async () => {
  const system = createTestSystem()
  const module = join(projectRoot, 'dist', 'cli', 'supervisor', 'supervisor.js')
  const stages = [[system.define('database')], [system.define('posts'), system.define('users')]]
  const code = `
    const { createSupervisor } = require(${JSON.stringify(module)})
    const stages = ${JSON.stringify(stages)}.map((stage) =>
      ({ processes: stage.map((each) => ({ ...each, readiness: { ...each.readiness, accept() {} } })) }))
    createSupervisor({ stages, output: { writeMessage: console.log, writeLine() {} } }).start().then(() => console.log('all ready'))`
  const program = workspace.run(process.execPath, ['-e', code])
  await program.waitForOutput(/all ready/)
  const pids = ['database', 'posts', 'users'].map(system.findPid)
  expect(pids.every(isAlive)).toBe(true)
  program.child.kill('SIGKILL')
  await waitUntil('every process has ended', () => !pids.some(isAlive))
  expect(system.history().filter((entry) => entry.startsWith('end'))).toHaveLength(3)
})
