import { join } from 'node:path'

import { findRunningMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { demoMemberEmail, demoPassword } from '../../cli/demo/loadDemo'
import { openSystemEventLog } from '../../cli/eventLog'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import type { Delivery, EventLog, DomainEvent } from '../../packages/event-log/eventLog'
import { openDatabase } from '../../packages/subgraph-kit/mongo/database'
import { portOf } from '../support/deployedParts'
import { isNatsInstalled, startNats } from '../support/nats'
import { createTestWorkspace, freePorts, generousTimeouts, waitUntil } from '../support/processes'
import { readDatabases } from './feed/audit'
import { startTestSystem } from './feed/system'
import { mutate } from './feed/writer'

const requestTimeoutMs = 60_000

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

/** Starts a system with the demo community, like `npm start`, and opens its event log. */
async function startSystem(eventLogSettings: Record<string, string>) {
  const [port, dataDir] = [await freePorts(), workspace.folder()]
  const environment = { ...generousTimeouts, PORT: `${port}`, DATA_DIR: dataDir, ...eventLogSettings }
  const program = workspace.run(
    process.execPath,
    [join(projectRoot, 'dist', 'cli', 'start', 'index.js')],
    environment,
  )
  // Not with SIGKILL: its database would still write while its folder is removed.
  workspace.later(async () => {
    program.child.kill('SIGTERM')
    await program.ended
  })
  await program.waitForOutput(/Agora is up/)
  const mongodbUri = (await findRunningMongodb(dataDir)) ?? ''
  const eventLog = await openSystemEventLog(mongodbUri, {
    url: eventLogSettings['EVENT_LOG_URL'],
    database: 'agora_feed',
  })
  workspace.later(() => eventLog.close())
  return { url: `http://127.0.0.1:${port}/graphql`, environment, eventLog }
}

/** Deletes the account of the demo member. @returns its ID */
async function deleteMember(url: string): Promise<string> {
  const signIn = `mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken } } }`
  const signedIn = await send<{ signIn: { session: { accessToken: string } } }>(url, signIn, {
    email: demoMemberEmail,
    password: demoPassword,
  })
  const remove = `mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { deletedUserId } }`
  const removed = await send<{ deleteAccount: { deletedUserId: string } }>(
    url,
    remove,
    { password: demoPassword },
    { authorization: `Bearer ${signedIn.signIn.session.accessToken}` },
  )
  return removed.deleteAccount.deletedUserId
}

async function send<Data>(
  url: string,
  query: string,
  input: object,
  headers: Record<string, string> = {},
): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables: { input } }),
  })
  return ((await response.json()) as { data: Data }).data
}

/** Waits for the next event of a type. */
async function waitForEvent(deliveries: AsyncIterator<Delivery>, type: string): Promise<DomainEvent> {
  for (;;) {
    const { value, done } = await deliveries.next()
    if (done) throw new Error(`The event log ended without ${type}.`)
    if (value.event.type === type) return value.event
  }
}

async function subscribe(eventLog: EventLog, topic: string): Promise<AsyncIterator<Delivery>> {
  const deliveries = await eventLog.subscribe(topic, { signal: new AbortController().signal })
  return deliveries[Symbol.asyncIterator]()
}

async function checkSystem(eventLogSettings: Record<string, string> = {}): Promise<void> {
  const { url, environment, eventLog } = await startSystem(eventLogSettings)
  const [users, posts] = [await subscribe(eventLog, 'users'), await subscribe(eventLog, 'posts')]

  const entity = await deleteMember(url)
  expect(await waitForEvent(users, 'user.deleted')).toMatchObject({ entity })

  const fixture = join(projectRoot, 'tests', 'fixtures', 'import', 'stackexchange')
  const imported = workspace.run('npm', ['run', '-s', 'import', '--', 'stackexchange', fixture], environment)
  expect((await imported.ended).output).toContain('Done in')
  for (const topic of [users, posts]) await waitForEvent(topic, 'feed.rebuild')

  const rebuild = workspace.run('npm', ['run', '-s', 'projections:rebuild'], environment)
  const { code, output } = await rebuild.ended
  for (const topic of ['users', 'events', 'posts', 'comments'])
    expect(output).toMatch(new RegExp(`^${topic}: requested from `, 'm'))
  expect({ code, output }).toEqual({ code: 0, output: expect.not.stringContaining('not running') })
}

test('publishes events on MongoDB, and rebuilds projections on request', async () => {
  await checkSystem()
})

const testIfInstalled = isNatsInstalled ? test : test.skip
if (!isNatsInstalled) console.log('nats-server is not installed: the test with NATS is skipped.')

testIfInstalled(
  'publishes events on NATS with EVENT_LOG_URL, and rebuilds projections on request',
  async () => {
    const nats = await startNats()
    workspace.later(() => nats.close())
    await checkSystem({ EVENT_LOG_URL: nats.url })
  },
)

testIfInstalled(
  'starts a subgraph while NATS is down, which serves, and delivers its events when NATS is back',
  async () => {
    const nats = await startNats()
    workspace.later(() => nats.close())
    const system = await startTestSystem(workspace, { EVENT_LOG_URL: nats.url })
    const mongodbUri = (await findRunningMongodb(system.dataDir)) ?? ''
    const connection = await openDatabase(mongodbUri, 'agora_comments')
    workspace.later(() => connection.close())
    const isProjected = async (id: string) =>
      (await readDatabases(connection).comments('known_posts')).some(({ _id }) => _id === id)
    const person = {
      handle: 'ada',
      displayName: 'Ada',
      email: 'ada@agora.example',
      password: 'a long password',
    }
    const { session } = await mutate<{ session: { accessToken: string } }>(
      system.url,
      'signUp',
      person,
      'session { accessToken }',
      requestTimeoutMs,
    )
    const createPost = async (title: string) => {
      const input = { title, body: 'A text.', publish: true }
      const { accessToken } = session
      return (
        await mutate<{ post: { id: string } }>(
          system.url,
          'createPost',
          input,
          'post { id }',
          requestTimeoutMs,
          accessToken,
        )
      ).post.id
    }
    const first = await createPost('Before')
    await waitUntil('comments has the first post', () => isProjected(first))

    await nats.stop()
    await system.killProcess('posts')
    const readReadiness = () =>
      fetch(`http://127.0.0.1:${system.port + portOf('posts') - portOf('router')}/health/ready`).catch(
        () => undefined,
      )
    await waitUntil('posts is ready', async () => (await readReadiness())?.status === 200)
    expect(await (await readReadiness())?.json()).toMatchObject({
      status: 'ready',
      dependencies: { database: 'ok', eventLog: 'down', 'consumer posts.comments': 'degraded' },
    })
    const second = await createPost('Meanwhile')
    expect(await isProjected(second)).toBe(false)

    await nats.restart()
    await waitUntil('comments has the second post', () => isProjected(second))
    await waitUntil('posts has caught up', async () => {
      const { dependencies } = (await (await readReadiness())?.json()) as {
        dependencies: Record<string, string>
      }
      return dependencies['eventLog'] === 'ok' && dependencies['consumer posts.comments'] === 'ok'
    })
  },
)

test('reports an event log that cannot be reached', async () => {
  const environment = {
    PORT: `${await freePorts()}`,
    DATA_DIR: workspace.folder(),
    EVENT_LOG_URL: 'nats://me:very-secret@127.0.0.1:9',
  }
  const program = workspace.run(
    process.execPath,
    [join(projectRoot, 'dist', 'cli', 'start', 'index.js')],
    environment,
  )
  const { code, output } = await program.ended
  expect(output).toContain('The event log at 127.0.0.1:9 cannot be reached')
  expect(output).not.toContain('very-secret')
  expect(code).toBe(1)
})
