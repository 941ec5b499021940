import { join } from 'node:path'

import { attachOrStartMongodb } from '../../../cli/embedded-mongodb/embeddedMongodb'
import { subgraphDatabaseNames } from '../../../cli/start/processes'
import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { openDatabase, type Connection } from '../../../packages/subgraph-kit/mongo/database'
import { runNode } from '../../support/imports'
import { createTestWorkspace, waitUntil } from '../../support/processes'
import { startActors } from '../feed/actors'
import { readDatabases, waitUntilConsistent } from '../feed/audit'
import { startTestSystem, type TestSystem } from '../feed/system'
import { runBackupCommand } from './support'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

const backups = process.env['FULL'] ? 10 : 1

async function connect(dataDir: string): Promise<Connection> {
  const database = await attachOrStartMongodb({ dataDir, log: () => undefined })
  const connection = await openDatabase(database.uri, subgraphDatabaseNames.posts)
  workspace.later(async () => {
    await connection.close()
    await database.close()
  })
  return connection
}

/** Returns all documents of the owners, or those with the same IDs as others, without fields that consumers maintain. */
async function readDocuments(
  connection: Connection,
  others?: Record<string, { _id: string }[]>,
): Promise<Record<string, { _id: string }[]>> {
  const read = readDatabases(connection)
  const contents = {
    users: await read.users('users'),
    events: await read.events('events'),
    registrations: await read.events('registrations'),
    posts: await read.posts('posts'),
    comments: await read.comments('comments'),
  }
  const selected = Object.entries(contents).map(([name, documents]) => {
    const ids = others && new Set(others[name]?.map(({ _id }) => _id))
    return [
      name,
      documents
        .filter(({ _id }) => ids?.has(_id) ?? true)
        .map(({ commentsVersion: _, counted: __, uncountedIn: ___, ...document }) => document)
        .sort((one, other) => one._id.localeCompare(other._id)),
    ]
  })
  return Object.fromEntries(selected)
}

async function importCommunities({ dataDir }: TestSystem): Promise<void> {
  for (const format of ['stackexchange', 'meetup']) {
    const folder = join(projectRoot, 'tests', 'fixtures', 'import', format)
    const args = [join('dist', 'cli', 'import', 'index.js'), format, folder]
    await runNode(args, { DATA_DIR: dataDir, MONGODB_URI: '' })
  }
}

it(
  `restores ${backups} backups of a system under load`,
  async () => {
    const system = await startTestSystem(workspace)
    await importCommunities(system)
    const connection = await connect(system.dataDir)
    expect(await waitUntilConsistent(readDatabases(connection))).toEqual([])
    const before = await readDocuments(connection)
    for (const documents of Object.values(before)) expect(documents.length).toBeGreaterThan(2)

    const actors = startActors(system.url, 6)
    const folders: string[] = []
    for (let count = 0; count < backups; count++) {
      const completed = actors.countCompleted()
      await waitUntil('mutations succeed', () => actors.countCompleted() > completed + 60)
      const folder = join(workspace.folder(), 'backup')
      const during = actors.countCompleted()
      const ended = await runBackupCommand('backup', folder, { DATA_DIR: system.dataDir, MONGODB_URI: '' })
      expect(ended).toMatchObject({ code: 0 })
      expect(actors.countCompleted()).toBeGreaterThan(during)
      folders.push(folder)
    }
    for (const name of ['addComment', 'registerForEvent', 'cancelRegistration', 'deleteAccount'])
      await waitUntil(`${name} has succeeded`, () => actors.countCompleted(name) > 0)
    await actors.stop()
    for (const name of Object.values(subgraphDatabaseNames)) await connection.useDb(name).dropDatabase()

    for (const folder of folders) {
      const dataDir = workspace.folder()
      const ended = await runBackupCommand('restore', folder, { DATA_DIR: dataDir, MONGODB_URI: '' })
      expect(ended).toMatchObject({ code: 0 })
      await startTestSystem(workspace, { DATA_DIR: dataDir })
      const restored = await connect(dataDir)
      expect(await waitUntilConsistent(readDatabases(restored))).toEqual([])
      expect(await readDocuments(restored, before)).toEqual(before)
      expect((await readDatabases(restored).posts('posts')).length).toBeGreaterThan(
        before['posts']?.length ?? 0,
      )
    }
  },
  backups * 300_000 + 300_000,
)
