import { join } from 'node:path'

import { sendRebuildRequest } from '../../cli/rebuild/rebuildRequest'
import { startDurableConsumer } from '../../packages/event-log/consumers/durableConsumer'
import type { EventLog, RunningConsumer } from '../../packages/event-log/eventLog'
import { openEventLog } from '../../packages/event-log/openEventLog'
import { createLog } from '../../packages/platform/log'
import { type CommandResult, type ImportDatabases, openImportDatabases, runNode } from '../support/imports'
import { createTestWorkspace, waitUntil } from '../support/processes'

let databases: ImportDatabases
let feed: EventLog
beforeEach(async () => {
  databases = await openImportDatabases()
  const log = createLog('tests', 'silent')
  feed = await openEventLog({ mongodbUri: databases.uri, database: databases.eventLogDatabase, log })
})
afterEach(async () => {
  await feed.close()
  await databases.close()
})

const workplace = createTestWorkspace()
afterAll(() => workplace.cleanUp())

/** `npm run projections:rebuild` without npm. */
const rebuild = (words: readonly string[], environment = databases.environment): Promise<CommandResult> =>
  runNode([join('dist', 'cli', 'rebuild', 'index.js'), ...words], environment)

/** A consumer in comments of what posts tells, which has begun; it counts how often it has taken everything anew. */
async function consumePosts(): Promise<{ running: RunningConsumer; count: () => number }> {
  let count = 0
  const running = startDurableConsumer({
    eventLog: feed,
    connection: databases.connection('comments'),
    topic: 'posts',
    consumer: 'comments.posts',
    handle: async () => undefined,
    rebuild: async () => void count++,
  })
  const positions = databases.connection('comments').collection('feed_positions')
  await waitUntil('the consumer has begun', async () => (await positions.countDocuments()) === 1)
  return { running, count: () => count }
}

it('waits until whoever consumes a topic has taken everything anew', async () => {
  const { count } = await consumePosts()
  const began = count()
  const ended = await rebuild(['posts', 'users'])
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout.split('\n').filter((line) => !line.startsWith('…'))).toEqual([
    'users: nobody consumes it.',
    'posts: asked comments.posts.',
    'posts: comments.posts has taken everything anew.',
    '',
  ])
  expect(count()).toBe(began + 1)
})

it('asks for everything unless told', async () => {
  const { code, stdout } = await rebuild([])
  expect(code).toBe(0)
  for (const topic of ['users', 'events', 'posts', 'comments'])
    expect(stdout).toContain(`${topic}: nobody consumes it.`)
})

it('names whoever has not done it in time, who does it at the next start', async () => {
  const { running } = await consumePosts()
  await running.close()
  const ended = await rebuild(['posts', '--wait', '1'])
  expect(ended).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('… waiting for comments.posts (1 s)'),
    stderr: expect.stringMatching(/^comments\.posts has not taken posts anew within 1 s\. .*next start\.\n$/),
  })
  const { count } = await consumePosts()
  await waitUntil('it is done', () => count() === 1)
})

it('takes the answer to a later request for one to its own', async () => {
  const { running } = await consumePosts()
  await running.close()
  const { signal } = new AbortController()
  const connections = [databases.connection('comments')]
  const one = await sendRebuildRequest(feed, connections, 'posts', signal)
  const other = await sendRebuildRequest(feed, connections, 'posts', signal)
  for (const request of [one, other]) expect(await request.findPendingConsumers()).toEqual(['comments.posts'])
  await consumePosts()
  for (const request of [one, other])
    await waitUntil('it is answered', async () => (await request.findPendingConsumers()).length === 0)
})

it('takes what a consumer does that may have missed events for an answer', async () => {
  const { running } = await consumePosts()
  await running.close()
  const comments = databases.connection('comments')
  const lost = { $set: { position: 'another.1' } }
  await comments.collection('feed_positions').updateOne({}, lost)
  const request = await sendRebuildRequest(feed, [comments], 'posts', new AbortController().signal)
  expect(await request.findPendingConsumers()).toEqual(['comments.posts'])
  await consumePosts()
  await waitUntil('it is answered', async () => (await request.findPendingConsumers()).length === 0)
})

it('says so where nothing runs', async () => {
  const environment = { ...databases.environment, MONGODB_URI: '', DATA_DIR: workplace.folder() }
  const ended = await rebuild(['comments'], environment)
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing runs that could answer') })
})

it.each([
  ['--help', 0, 'stdout', /^Usage: npm run projections:rebuild/],
  ['groups', 2, 'stderr', /^There is no subgraph "groups"\.\n\nUsage: /],
  ['--wait=soon', 2, 'stderr', /^"soon" is no whole number of seconds\.\n\nUsage: /],
  ['--fast', 2, 'stderr', /^Unknown option '--fast'/],
] as const)('called with %s', async (word, code, stream, message) => {
  expect(await rebuild([word])).toMatchObject({ code, [stream]: expect.stringMatching(message) })
})
