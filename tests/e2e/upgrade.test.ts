import { join } from 'node:path'
import type { Connection } from 'mongoose'

import { findRunningMongodb, startEmbeddedMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { openDatabase } from '../../packages/subgraph-kit/mongo/database'
import { createCommentModel } from '../../subgraphs/comments/repository/models'
import { createEventModel, createRegistrationModel } from '../../subgraphs/events/repository/models'
import { createPostModel } from '../../subgraphs/posts/repository/models'
import { createSessionModel, createUserModel } from '../../subgraphs/users/repository/models'
import { runNode } from '../support/imports'
import { createTestWorkspace, freePorts, generousTimeouts } from '../support/processes'
import { loadSystemDump, readSystemDump, type RecordedOperation } from '../support/systemDump'

const workspace = createTestWorkspace()
afterAll(() => workspace.cleanUp())

const dump = readSystemDump('system-11cd7a5.json.gz')
let environment: Record<string, string>
let url: string
let dryRun: string
beforeAll(async () => {
  const dataDir = workspace.folder()
  const database = await startEmbeddedMongodb({ dataDir, log: () => undefined })
  await loadSystemDump(database.uri, dump)
  await database.close()
  const port = await freePorts()
  environment = { ...generousTimeouts, DATA_DIR: dataDir, PORT: String(port), DEMO: 'false' }
  dryRun = (await runCommand('migrate', '--dry-run')).stdout
  const system = workspace.run(process.execPath, [join('dist', 'cli', 'start', 'index.js')], environment)
  await system.waitForOutput(/Agora is up/)
  url = `http://127.0.0.1:${port}/graphql`
})

/** Runs a command of the system, on its data directory. */
const runCommand = (name: string, ...args: string[]) =>
  runNode([join('dist', 'cli', name, 'index.js'), ...args], { MONGODB_URI: undefined, ...environment })

async function send(document: string, variables: object = {}, token?: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query: document, variables }),
  })
  const { data, errors } = (await response.json()) as { data: Record<string, unknown>; errors?: unknown }
  if (errors) throw new Error(`The operation failed: ${JSON.stringify(errors)}\n${document}`)
  return data
}

const tokens = new Map<string, string>()

async function signIn(handle: string): Promise<string> {
  const known = tokens.get(handle)
  if (known !== undefined) return known
  const { email, password } = dump.people[handle] ?? { email: '', password: '' }
  const data = await send(
    'mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken } } }',
    { input: { email, password } },
  )
  const { session } = data['signIn'] as { session: { accessToken: string } }
  tokens.set(handle, session.accessToken)
  return session.accessToken
}

const repeat = async ({ document, variables, as }: RecordedOperation) =>
  send(document, variables, as === undefined ? undefined : await signIn(as))

it('lists the pending migrations of the data of the earlier version', () => {
  expect(dryRun).toMatch(/^posts: 0001-add-comment-activity is pending, 0 documents\./m)
  expect(dryRun).toMatch(/^comments: 0001-drop-status-index is pending, no documents\./m)
  expect(dryRun).toMatch(/^comments: 0002-mark-uncounted-comments is pending, 23 documents\./m)
})

it('has no migration pending after the start', async () => {
  const { code, stdout } = await runCommand('migrate', '--dry-run')
  expect({ code, lines: stdout.trim().split('\n') }).toEqual({
    code: 0,
    lines: ['users', 'events', 'posts', 'comments'].map((name) => `${name}: up to date.`),
  })
})

it.each(dump.operations)('returns the data of the earlier version: $title', async (operation) => {
  expect(await repeat(operation)).toEqual(operation.data)
})

it('returns the same after all projections were rebuilt from the migrated data', async () => {
  expect(await runCommand('rebuild')).toMatchObject({ code: 0 })
  for (const operation of dump.operations) expect(await repeat(operation)).toEqual(operation.data)
})

it('leaves no index of the earlier version that is not declared any more', async () => {
  const uri = await findRunningMongodb(environment['DATA_DIR'] ?? '')
  const models = {
    agora_users: [createUserModel, createSessionModel],
    agora_events: [createEventModel, createRegistrationModel],
    agora_posts: [createPostModel],
    agora_comments: [createCommentModel],
  }
  for (const [name, creators] of Object.entries(models)) {
    const connection: Connection = await openDatabase(uri ?? '', name)
    for (const create of creators)
      expect(await create(connection).diffIndexes()).toEqual({ toDrop: [], toCreate: [] })
    await connection.close()
  }
})
