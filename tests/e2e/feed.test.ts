import { join } from 'node:path'

import { findRunningMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { demoMemberEmail, demoPassword } from '../../cli/demo/loadDemo'
import { openSystemEventLog } from '../../cli/eventLog'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import type { Delivery, EventLog, DomainEvent } from '../../packages/event-log/eventLog'
import { isNatsInstalled, startNats } from '../support/nats'
import { createTestWorkspace, freePorts } from '../support/processes'

const workplace = createTestWorkspace()
afterEach(() => workplace.cleanUp())

/** A system as `npm start` starts it, with the demo community, and its feed. */
async function startSystem(feedVariables: Record<string, string>) {
  const [port, dataDir] = [await freePorts(), workplace.folder()]
  const environment = { PORT: `${port}`, DATA_DIR: dataDir, ...feedVariables }
  const program = workplace.run(
    process.execPath,
    [join(projectRoot, 'dist', 'cli', 'start', 'index.js')],
    environment,
  )
  // Not by force: its database would still write into its folder while that is removed.
  workplace.later(async () => {
    program.child.kill('SIGTERM')
    await program.ended
  })
  await program.waitForOutput(/Agora is up/)
  const mongodbUri = (await findRunningMongodb(dataDir)) ?? ''
  const feed = await openSystemEventLog(mongodbUri, {
    url: feedVariables['EVENT_LOG_URL'],
    database: 'agora_feed',
  })
  workplace.later(() => feed.close())
  return { url: `http://127.0.0.1:${port}/graphql`, environment, feed }
}

/** Deletes the account of somebody of the demo community. @returns its ID */
async function leave(url: string): Promise<string> {
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

/** Waits for the next event of a type, whatever else is told meanwhile. */
async function next(deliveries: AsyncIterator<Delivery>, type: string): Promise<DomainEvent> {
  for (;;) {
    const { value, done } = await deliveries.next()
    if (done) throw new Error(`The feed has ended without ${type}.`)
    if (value.event.type === type) return value.event
  }
}

async function follow(feed: EventLog, topic: string): Promise<AsyncIterator<Delivery>> {
  const deliveries = await feed.subscribe(topic, { signal: new AbortController().signal })
  return deliveries[Symbol.asyncIterator]()
}

async function checkSystem(feedVariables: Record<string, string> = {}): Promise<void> {
  const { url, environment, feed } = await startSystem(feedVariables)
  const [users, posts] = [await follow(feed, 'users'), await follow(feed, 'posts')]

  const entity = await leave(url)
  expect(await next(users, 'user.deleted')).toMatchObject({ entity })

  const fixture = join(projectRoot, 'tests', 'fixtures', 'import', 'stackexchange')
  const imported = workplace.run('npm', ['run', '-s', 'import', '--', 'stackexchange', fixture], environment)
  expect((await imported.ended).output).toContain('Done in')
  for (const topic of [users, posts]) await next(topic, 'feed.rebuild')

  const rebuild = workplace.run('npm', ['run', '-s', 'projections:rebuild'], environment)
  const { code, output } = await rebuild.ended
  for (const topic of ['users', 'events', 'posts', 'comments'])
    expect(output).toMatch(new RegExp(`^${topic}: asked `, 'm'))
  expect({ code, output }).toEqual({ code: 0, output: expect.not.stringContaining('Nothing runs') })
}

test('a system tells what happens in the feed on its MongoDB, and answers projections:rebuild', async () => {
  await checkSystem()
}, 180_000)

const testIfInstalled = isNatsInstalled ? test : test.skip
if (!isNatsInstalled) console.log('nats-server is not installed: no system is tested with it.')

testIfInstalled(
  'and with EVENT_LOG_URL it does so on NATS',
  async () => {
    const nats = await startNats()
    workplace.later(() => nats.close())
    await checkSystem({ EVENT_LOG_URL: nats.url })
  },
  180_000,
)

test('a feed that cannot be reached keeps it from starting, in one message', async () => {
  const environment = {
    PORT: `${await freePorts()}`,
    DATA_DIR: workplace.folder(),
    EVENT_LOG_URL: 'nats://me:very-secret@127.0.0.1:9',
  }
  const program = workplace.run(
    process.execPath,
    [join(projectRoot, 'dist', 'cli', 'start', 'index.js')],
    environment,
  )
  const { code, output } = await program.ended
  expect(output).toContain('The event log at 127.0.0.1:9 cannot be reached')
  expect(output).not.toContain('very-secret')
  expect(code).toBe(1)
})
