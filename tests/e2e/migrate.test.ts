import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { restoreMarkerCollection } from '../../packages/subgraph-kit/mongo'
import type { MigrationRecord } from '../../packages/subgraph-kit/mongo/migrationRecords'
import { startDatabaseProxy } from '../support/databaseProxy'
import { openImportDatabases, runNode, type ImportDatabases } from '../support/imports'
import { waitUntil } from '../support/processes'

let databases: ImportDatabases
beforeEach(async () => {
  databases = await openImportDatabases()
})
afterEach(() => databases.close())

const program = join('dist', 'cli', 'migrate', 'index.js')
/** Runs `npm run migrate` without npm. */
const migrate = (...args: string[]) => runNode([program, ...args], databases.environment)

const posts = () => databases.connection('posts').collection<{ _id: string; commentCount?: number }>('posts')
const records = () => databases.connection('posts').collection<MigrationRecord>('migrations')
const migration = '0001-add-comment-activity'

async function insertOldPosts(count: number): Promise<void> {
  const old = Array.from({ length: count }, (_, index) => ({
    _id: `pst_${String(index).padStart(6, '0')}`,
    status: 'PUBLISHED',
  }))
  await posts().insertMany(old)
}

it('lists pending migrations with the number of documents, and runs them once', async () => {
  await insertOldPosts(3)
  await posts().insertOne({ _id: 'pst_new', commentCount: 4 })
  const listed = await migrate('posts', '--dry-run')
  expect(listed.code).toBe(0)
  expect(listed.stdout).toMatch(`posts: ${migration} is pending, 3 documents. Adds`)
  expect(await records().countDocuments()).toBe(0)

  expect(await migrate('posts')).toMatchObject({ code: 0, stderr: '' })
  expect(await posts().countDocuments({ commentCount: 0 })).toBe(3)
  expect(await posts().countDocuments({ commentCount: 4 })).toBe(1)
  expect((await migrate('posts')).stdout).toBe('posts: up to date.\n')
})

it('continues after a kill where it was', async () => {
  await insertOldPosts(5_000)
  const proxy = await startDatabaseProxy()
  // The end of the fourth batch.
  proxy.holdCommands('pst_001999')
  const killed = spawn(process.execPath, [program, 'posts'], {
    cwd: projectRoot,
    env: { ...process.env, ...databases.environment, MONGODB_URI: proxy.uri },
    stdio: 'ignore',
  })
  const ended = once(killed, 'exit')
  await waitUntil('the batch is held back', () => proxy.countHeld() > 0)
  proxy.release()
  proxy.holdCommands('positions.posts')
  await waitUntil('its position is held back', () => proxy.countHeld() > 0)
  killed.kill('SIGKILL')
  await ended
  await proxy.close()
  const interrupted = await records().findOne({ _id: migration })
  expect(interrupted).toMatchObject({ phase: 'running', attempt: 1, changed: 1_500 })
  expect(await posts().countDocuments({ commentCount: { $exists: false } })).toBe(3_000)

  const { code, stdout } = await migrate('posts')
  expect(code).toBe(0)
  expect(stdout).toContain(`Continuing the migration ${migration}`)
  expect(await posts().countDocuments({ commentCount: 0 })).toBe(5_000)
  const completed = await records().findOne({ _id: migration })
  // The batch whose position was not stored changes nothing when it is repeated.
  expect(completed).toMatchObject({ phase: 'completed', attempt: 2, changed: 4_500 })
})

it('reports a database that a newer version has migrated, and changes nothing', async () => {
  await insertOldPosts(1)
  await records().insertOne({
    _id: '0999-newer',
    phase: 'completed',
    attempt: 1,
    startedAt: new Date(),
    positions: {},
    changed: 0,
  })
  for (const args of [['posts', '--dry-run'], ['posts']]) {
    const { code, stderr } = await migrate(...args)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^posts: A newer version has migrated the database \w+ \(0999-newer\)\. Nothing was changed\./,
    )
  }
  expect(await posts().countDocuments({ commentCount: { $exists: false } })).toBe(1)
  expect(await records().countDocuments()).toBe(1)
})

it('reports duplicates that prevent a unique index, and migrates the other databases', async () => {
  const users = databases.connection('users').collection('users')
  const twice = { handle: 'twice', displayName: 'Twice' }
  await users.insertMany([{ ...twice }, { ...twice }])
  const { code, stdout, stderr } = await migrate()
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^users: The indexes of the collection users cannot be built: .*duplicate key.*start again\.$/m,
  )
  expect(stdout).toMatch(/^comments: up to date\.$/m)
})

it('reports in one line that the database was lost', async () => {
  const proxy = await startDatabaseProxy()
  try {
    proxy.holdCommands(restoreMarkerCollection)
    const running = runNode([program, 'posts'], { ...databases.environment, MONGODB_URI: proxy.uri })
    await waitUntil('a command is held back', () => proxy.countHeld() > 0)
    await proxy.close()
    const { code, stderr } = await running
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^posts: The database was lost: .+\. Run the command again.*\n$/),
    })
  } finally {
    await proxy.close().catch(() => undefined)
  }
})

it('fails without a data directory', async () => {
  const { code, stderr } = await runNode([program], { MONGODB_URI: undefined, DATA_DIR: '/nowhere' })
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('/nowhere does not exist') })
})
