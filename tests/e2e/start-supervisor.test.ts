import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessDefinition } from '../../cli/supervisor/managedProcess'
import { createSupervisor } from '../../cli/supervisor/supervisor'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { createTestWorkspace, freePorts, isAlive, waitUntil } from '../support/processes'

const workplace = createTestWorkspace()
afterEach(() => workplace.cleanUp())

// A part that writes down its life, is ready at its port or by message, and ends as ours do.
const partProgram = `
  const { appendFileSync } = require('node:fs')
  const { createServer } = require('node:http')
  const [name, diary, port] = process.argv.slice(2)
  const write = (what) => appendFileSync(diary, what + ' ' + name + ' ' + process.pid + '\\n')
  const end = () => { write('end'); process.exit() }
  process.on('SIGTERM', end).on('disconnect', end)
  write('start')
  if (port) createServer((request, response) => response.end()).listen(Number(port), '127.0.0.1')
  else process.send('ready')
  setInterval(() => {}, 60_000)`

function createScene() {
  const folder = workplace.folder()
  const diary = join(folder, 'diary')
  const program = join(folder, 'part.js')
  writeFileSync(diary, '')
  writeFileSync(program, partProgram)
  const entries = () =>
    readFileSync(diary, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [what, name, pid] = line.split(' ')
        return what && name ? [{ what, name, pid: Number(pid) }] : []
      })
  const part = (name: string, port?: number): ProcessDefinition => ({
    name,
    command: process.execPath,
    args: [program, name, diary, ...(port === undefined ? [] : [String(port)])],
    env: {},
    readiness:
      port === undefined
        ? { by: 'message', accept: () => {} }
        : { by: 'http', url: `http://127.0.0.1:${port}/` },
  })
  return {
    folder,
    part,
    entries,
    life: () => entries().map(({ what, name }) => `${what} ${name}`),
    pidOf: (name: string) => entries().findLast((entry) => entry.name === name)?.pid ?? 0,
  }
}

function supervise(stages: ProcessDefinition[][]) {
  const said: string[] = []
  const supervisor = createSupervisor({
    stages: stages.map((processes) => ({ processes })),
    log: (line) => said.push(line),
  })
  workplace.later(() => supervisor.stop())
  return { ...supervisor, said }
}

const failing = (name: string, code: string): ProcessDefinition => ({
  name,
  command: process.execPath,
  args: ['-e', code],
  env: {},
  readiness: { by: 'message', accept: () => {} },
})

test('stages start in order and end in the reverse order', async () => {
  const scene = createScene()
  const port = await freePorts(1)
  const supervisor = supervise([
    [scene.part('database')],
    [scene.part('posts', port)],
    [scene.part('router')],
  ])
  await supervisor.start()
  expect([...supervisor.phases().values()]).toEqual(['ready', 'ready', 'ready'])
  await supervisor.stop()
  expect([...supervisor.phases().values()]).toEqual(['stopped', 'stopped', 'stopped'])
  expect(scene.life()).toEqual([
    'start database',
    'start posts',
    'start router',
    'end router',
    'end posts',
    'end database',
  ])
})

test('a stage may start alongside the one before it, and still ends before that', async () => {
  const scene = createScene()
  const slow = { ...scene.part('posts'), readiness: { by: 'http', url: 'http://127.0.0.1:1/' } as const }
  const stages = [{ processes: [slow] }, { processes: [scene.part('router')], startsWithPrevious: true }]
  const supervisor = createSupervisor({ stages, log: () => {} })
  void supervisor.start()
  await waitUntil('the router is ready', () => supervisor.phases().get('router') === 'ready')
  await waitUntil('posts has started', () => scene.life().includes('start posts'))
  await supervisor.stop()
  expect(scene.life().slice(2)).toEqual(['end router', 'end posts'])
})

test('a part that is killed is started again, and the others carry on', async () => {
  const scene = createScene()
  const supervisor = supervise([[scene.part('database')], [scene.part('posts'), scene.part('users')]])
  await supervisor.start()
  for (const name of ['posts', 'database']) {
    const killed = scene.pidOf(name)
    process.kill(killed, 'SIGKILL')
    await waitUntil(
      `${name} is back`,
      () => scene.pidOf(name) !== killed && supervisor.phases().get(name) === 'ready',
    )
  }
  expect(supervisor.said).toEqual([
    '[posts] ended (SIGKILL); starting it again in 0.2 s',
    '[database] ended (SIGKILL); starting it again in 0.2 s',
  ])
  expect(scene.life().filter((entry) => entry.endsWith('users'))).toEqual(['start users'])
})

test('a part that is waiting for its next start is not started any more once all is stopped', async () => {
  const scene = createScene()
  const supervisor = supervise([[scene.part('posts')]])
  await supervisor.start()
  process.kill(scene.pidOf('posts'), 'SIGKILL')
  await waitUntil('posts is waiting', () => supervisor.phases().get('posts') === 'waiting')
  await supervisor.stop()
  expect(supervisor.phases().get('posts')).toBe('stopped')
  expect(scene.life()).toEqual(['start posts'])
})

test('a part that fails at its first start is not started again: its own words are the error', async () => {
  const scene = createScene()
  const complaint = failing('users', `console.error('ROUTER_SECRET: is not set'); process.exit(1)`)
  const supervisor = supervise([[scene.part('database')], [complaint], [scene.part('router')]])
  await expect(supervisor.start()).rejects.toThrow(/^ROUTER_SECRET: is not set$/)
  expect(supervisor.said).toEqual([])
  await supervisor.stop()
  expect(scene.life()).toEqual(['start database', 'end database'])
})

test.each([
  ['says nothing', failing('users', 'process.exit(3)'), 'users ended before it was ready (exit code 3).'],
  [
    'is no program',
    { ...failing('users', ''), command: '/no/such/program' },
    'spawn /no/such/program ENOENT',
  ],
])('a part that %s is named', async (_, part, message) => {
  await expect(supervise([[part]]).start()).rejects.toThrow(message)
})

test('stopping while parts are still starting ends them', async () => {
  const scene = createScene()
  const never = { ...scene.part('posts'), readiness: { by: 'http', url: 'http://127.0.0.1:1/' } as const }
  const supervisor = supervise([[scene.part('database')], [never], [scene.part('router')]])
  void supervisor.start()
  await waitUntil('posts has started', () => scene.life().includes('start posts'))
  await supervisor.stop()
  expect(scene.life()).toEqual(['start database', 'start posts', 'end posts', 'end database'])
  expect(supervisor.phases().get('router')).toBe('stopped')
})

test('a part that takes long is named while it is waited for', async () => {
  const slow = failing(
    'posts',
    `setTimeout(() => process.send('ready'), 1_200); process.on('disconnect', process.exit)`,
  )
  const supervisor = supervise([[slow]])
  await supervisor.start()
  expect(supervisor.said).toEqual(['… waiting for posts (1 s)'])
})

test('when the supervisor is killed, no part is left', async () => {
  const scene = createScene()
  const module = join(projectRoot, 'dist', 'cli', 'supervisor', 'supervisor.js')
  const stages = [[scene.part('database')], [scene.part('posts'), scene.part('users')]]
  const code = `
    const { createSupervisor } = require(${JSON.stringify(module)})
    const stages = ${JSON.stringify(stages)}.map((stage) =>
      ({ processes: stage.map((each) => ({ ...each, readiness: { ...each.readiness, accept() {} } })) }))
    createSupervisor({ stages, log: console.log }).start().then(() => console.log('all ready'))`
  const program = workplace.run(process.execPath, ['-e', code])
  await program.waitForOutput(/all ready/)
  const pids = ['database', 'posts', 'users'].map(scene.pidOf)
  expect(pids.every(isAlive)).toBe(true)
  program.child.kill('SIGKILL')
  await waitUntil('every part has ended', () => !pids.some(isAlive))
  expect(scene.life().filter((entry) => entry.startsWith('end'))).toHaveLength(3)
})
