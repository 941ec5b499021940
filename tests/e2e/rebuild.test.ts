import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { sendRebuildRequest } from '../../cli/rebuild/rebuildRequest'
import { startDurableConsumer } from '../../packages/event-log/consumers/durableConsumer'
import type { EventLog, RunningConsumer } from '../../packages/event-log/eventLog'
import { openEventLog } from '../../packages/event-log/openEventLog'
import { createLog } from '../../packages/platform/log'
import { type CommandResult, type ImportDatabases, openImportDatabases, runNode } from '../support/imports'
import { createTestWorkspace, waitUntil } from '../support/processes'

let databases: ImportDatabases
let eventLog: EventLog
beforeEach(async () => {
  databases = await openImportDatabases()
  const log = createLog('tests', 'silent')
  eventLog = await openEventLog({ mongodbUri: databases.uri, database: databases.eventLogDatabase, log })
})
afterEach(async () => {
  await eventLog.close()
  await databases.close()
})

const workspace = createTestWorkspace()
afterAll(() => workspace.cleanUp())

/** `npm run projections:rebuild` without npm. */
const rebuild = (args: readonly string[], environment = databases.environment): Promise<CommandResult> =>
  runNode([join('dist', 'cli', 'rebuild', 'index.js'), ...args], environment)

/** Starts a consumer of posts in comments, which counts its rebuilds. */
async function consumePosts(): Promise<{ running: RunningConsumer; count: () => number }> {
  let count = 0
  const running = startDurableConsumer({
    eventLog,
    connection: databases.connection('comments'),
    topic: 'posts',
    consumer: 'comments.posts',
    handle: async () => undefined,
    rebuild: async () => void count++,
  })
  const positions = databases.connection('comments').collection('feed_positions')
  await waitUntil('the consumer has started', async () => (await positions.countDocuments()) === 1)
  return { running, count: () => count }
}

it('waits until the consumers of a topic have rebuilt', async () => {
  const { count } = await consumePosts()
  const countBefore = count()
  const ended = await rebuild(['posts', 'users'])
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout.split('\n').filter((line) => !line.startsWith('…'))).toEqual([
    'users: no consumers.',
    'posts: requested from comments.posts.',
    'posts: comments.posts has rebuilt.',
    '',
  ])
  expect(count()).toBe(countBefore + 1)
})

it('requests rebuilds of all topics by default', async () => {
  const { code, stdout } = await rebuild([])
  expect(code).toBe(0)
  for (const topic of ['users', 'events', 'posts', 'comments'])
    expect(stdout).toContain(`${topic}: no consumers.`)
})

it('names consumers that have not rebuilt in time, which do so at their next start', async () => {
  const { running } = await consumePosts()
  await running.close()
  // The first line about the progress is printed after a second.
  const ended = await rebuild(['posts', '--wait', '2'])
  expect(ended).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^… waiting for comments\.posts \(\d+ s\)$/m),
    stderr: expect.stringMatching(/^comments\.posts has not rebuilt posts within 2 s\. .*next start\.\n$/),
  })
  const { count } = await consumePosts()
  await waitUntil('it has rebuilt', () => count() === 1)
})

it('accepts a rebuild for a later request', async () => {
  const { running } = await consumePosts()
  await running.close()
  const { signal } = new AbortController()
  const connections = [databases.connection('comments')]
  const one = await sendRebuildRequest(eventLog, connections, 'posts', signal)
  const other = await sendRebuildRequest(eventLog, connections, 'posts', signal)
  for (const request of [one, other]) expect(await request.findPendingConsumers()).toEqual(['comments.posts'])
  await consumePosts()
  for (const request of [one, other])
    await waitUntil('it has rebuilt', async () => (await request.findPendingConsumers()).length === 0)
})

it('accepts a rebuild after a gap', async () => {
  const { running } = await consumePosts()
  await running.close()
  const comments = databases.connection('comments')
  const gap = { $set: { position: 'another.1' } }
  await comments.collection('feed_positions').updateOne({}, gap)
  const request = await sendRebuildRequest(eventLog, [comments], 'posts', new AbortController().signal)
  expect(await request.findPendingConsumers()).toEqual(['comments.posts'])
  await consumePosts()
  await waitUntil('it has rebuilt', async () => (await request.findPendingConsumers()).length === 0)
})

it('reports that the system is not running', async () => {
  const environment = { ...databases.environment, MONGODB_URI: '', DATA_DIR: workspace.folder() }
  const ended = await rebuild(['comments'], environment)
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('The system is not running') })
})

it('fails when the data directory does not exist', async () => {
  const DATA_DIR = join(workspace.folder(), 'none')
  const ended = await rebuild([], { ...databases.environment, MONGODB_URI: '', DATA_DIR })
  expect(ended).toMatchObject({
    code: 1,
    stderr: `The data directory ${DATA_DIR} does not exist, and MONGODB_URI is not set. Set DATA_DIR or MONGODB_URI as for the system.\n`,
  })
  expect(existsSync(DATA_DIR)).toBe(false)
})

it.each([
  ['--help', 0, 'stdout', /^Usage: npm run projections:rebuild/],
  ['groups', 2, 'stderr', /^Unknown subgraph "groups"\.\n\nUsage: /],
  ['--wait=soon', 2, 'stderr', /^Invalid --wait "soon": it must be 1 to 99999 seconds\.\n\nUsage: /],
  ['--fast', 2, 'stderr', /^Unknown option '--fast'/],
] as const)('responds to %s', async (argument, code, stream, message) => {
  expect(await rebuild([argument])).toMatchObject({ code, [stream]: expect.stringMatching(message) })
})
