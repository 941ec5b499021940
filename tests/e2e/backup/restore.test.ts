import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'

import { attachOrStartMongodb } from '../../../cli/embedded-mongodb/embeddedMongodb'
import { readManifest } from '../../../cli/backup/manifest'
import { verifyFiles } from '../../../cli/restore/verifyBackup'
import { createLeases } from '../../../packages/event-log/mongo/leases'
import { restoreMarkerCollection } from '../../../packages/subgraph-kit/mongo'
import { newId } from '../../../schema/ids'
import { startDatabaseProxy } from '../../support/databaseProxy'
import { runNode } from '../../support/imports'
import { waitUntil } from '../../support/processes'
import { createImportedBackup, dropDatabases, readIndexes, type ImportedBackup } from './support'

let backup: ImportedBackup
beforeAll(async () => {
  backup = await createImportedBackup()
})
beforeEach(() => dropDatabases(backup.databases))
afterAll(() => backup.close())

const users = () => backup.databases.connection('users').collection<{ _id: string }>('users')
const newFolder = (name: string) => join(backup.workspace.folder(), name)

/** Returns a copy of the backup that a test may damage. */
function copyBackup(): string {
  const copy = newFolder('copy')
  rmSync(copy, { recursive: true, force: true })
  cpSync(backup.folder, copy, { recursive: true })
  return copy
}

it('restores every document and index', async () => {
  expect(await backup.restore()).toMatchObject({ code: 0, stdout: expect.stringContaining('Restored') })
  expect(await backup.databases.contents()).toEqual(backup.contents)
  expect(await readIndexes(backup.databases)).toEqual(backup.indexes)
})

it('requests a rebuild of all projections', async () => {
  await backup.restore()
  const topic = backup.databases
    .connection('users')
    .useDb(backup.databases.eventLogDatabase)
    .collection('topic_posts')
  const [newest] = await topic.find().sort({ $natural: -1 }).limit(1).toArray()
  expect(newest?.['event']).toContain('feed.rebuild')
})

it('creates files that only their owner can read, and names their contents', () => {
  const manifest = JSON.parse(readFileSync(join(backup.folder, 'manifest.json'), 'utf8'))
  expect(manifest).toMatchObject({ format: 1, eventLog: { posts: expect.any(String) } })
  expect(statSync(backup.folder).mode & 0o077).toBe(0)
  expect(statSync(join(backup.folder, 'users', 'users.bson.gz')).mode & 0o077).toBe(0)
  expect(readdirSync(join(backup.folder, 'events')).sort()).toEqual([
    'events.bson.gz',
    'migrations.bson.gz',
    'registrations.bson.gz',
  ])
})

describe('a damaged backup is refused before anything is written', () => {
  const file = join('posts', 'posts.bson.gz')
  const flipByte = (path: string) => {
    const bytes = readFileSync(path)
    const middle = bytes.length >> 1
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff
    writeFileSync(path, bytes)
  }
  const editManifest = (folder: string, edit: (manifest: Record<string, never>) => object) => {
    const path = join(folder, 'manifest.json')
    writeFileSync(path, JSON.stringify(edit(JSON.parse(readFileSync(path, 'utf8')))))
  }

  const replaceByPipe = (path: string) => {
    rmSync(path)
    execFileSync('mkfifo', [path])
  }

  it.each<[string, (folder: string) => void, RegExp]>([
    ['a changed byte', (folder) => flipByte(join(folder, file)), /posts\.bson\.gz is damaged: /],
    [
      'a missing file',
      (folder) => rmSync(join(folder, file)),
      /posts\.bson\.gz is damaged: the file is missing/,
    ],
    [
      'a truncated file',
      (folder) => truncateSync(join(folder, file), 100),
      /posts\.bson\.gz is damaged: it has 100 bytes instead of \d+/,
    ],
    [
      'a truncated manifest',
      (folder) => truncateSync(join(folder, 'manifest.json'), 1000),
      /manifest\.json is damaged: .+\nNothing was restored/,
    ],
    [
      'a manifest without a required field',
      (folder) => editManifest(folder, ({ databases: _, ...rest }) => rest),
      /manifest\.json is damaged: .+databases/s,
    ],
    [
      'a manifest with another count',
      (folder) =>
        editManifest(folder, (manifest) =>
          JSON.parse(JSON.stringify(manifest).replace(/"documents":(\d+)/, '"documents":9$1')),
        ),
      /is damaged: it contains \d+ documents instead of 9\d+/,
    ],
    [
      'a newer format',
      (folder) => editManifest(folder, (manifest) => ({ ...manifest, format: 2, program: '9.8.7' })),
      /has the format 2, of version 9\.8\.7 .*Restore it with version 9\.8\.7 or a later one/,
    ],
    [
      'a manifest that was not completed',
      (folder) => rmSync(join(folder, 'manifest.json')),
      /is no complete backup: it has no manifest\.json/,
    ],
    [
      'a named pipe instead of a file',
      (folder) => replaceByPipe(join(folder, file)),
      /posts\.bson\.gz is damaged: it is no regular file/,
    ],
    [
      'a named pipe instead of the manifest',
      (folder) => replaceByPipe(join(folder, 'manifest.json')),
      /manifest\.json cannot be read: it is no regular file/,
    ],
    [
      'a manifest without an end',
      (folder) => {
        rmSync(join(folder, 'manifest.json'))
        symlinkSync('/dev/zero', join(folder, 'manifest.json'))
      },
      /manifest\.json cannot be read: it is no regular file/,
    ],
    [
      'a manifest of many megabytes',
      (folder) => truncateSync(join(folder, 'manifest.json'), 100_000_000),
      /manifest\.json cannot be read: it has 100000000 bytes/,
    ],
    [
      'a manifest with control characters, which a terminal would interpret',
      (folder) => editManifest(folder, (manifest) => ({ ...manifest, program: '\u001b[2J' })),
      /manifest\.json is damaged: .+control characters/,
    ],
  ])('%s', async (_, damage, message) => {
    const folder = copyBackup()
    damage(folder)
    const verify = async () => verifyFiles(folder, await readManifest(folder), new PassThrough())
    await expect(verify()).rejects.toThrow(message)
  })

  it('with migrations that this version does not know', async () => {
    const folder = copyBackup()
    const path = join(folder, 'manifest.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    manifest.databases.posts.migrations.push('9999-from-the-future')
    writeFileSync(path, JSON.stringify(manifest))
    expect(await backup.restore(folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not know: posts: 9999-from-the-future. Nothing was restored.'),
    })
    expect(await backup.databases.contents()).toEqual({})
  })

  it('by the command, which names the file and the remedy', async () => {
    const folder = copyBackup()
    flipByte(join(folder, file))
    expect(await backup.restore(folder)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /posts\.bson\.gz is damaged: .+\. Use another copy of the backup\.\nNothing was restored\.\n$/,
      ),
    })
    expect(await backup.databases.contents()).toEqual({})
  })
})

it('names the file with a document that is not valid BSON, although its checksum is right', async () => {
  const folder = copyBackup()
  const path = join(folder, 'posts', 'posts.bson.gz')
  const dump = gunzipSync(readFileSync(path))
  // The type of the first field of the first document, after the length of the document.
  dump[4] = 0x7e
  const compressed = gzipSync(dump)
  writeFileSync(path, compressed)
  const manifestPath = join(folder, 'manifest.json')
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'))
  const entry = manifest.databases.posts.collections.find(({ name }: { name: string }) => name === 'posts')
  Object.assign(entry, {
    bytes: compressed.length,
    sha256: createHash('sha256').update(compressed).digest('hex'),
  })
  writeFileSync(manifestPath, JSON.stringify(manifest))
  const { code, stderr } = await backup.restore(folder)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /posts\.bson\.gz is damaged: a document is not valid BSON \(.+\)\. Use another copy of the backup\.\n$/,
  )
  expect(stderr).not.toContain('    at ')
})

describe('a restore is refused', () => {
  it('into databases with collections', async () => {
    await users().insertOne({ _id: newId('User') })
    expect(await backup.restore()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /these databases contain collections:\n {2}\w+_users: users\n[^]*dropDatabase/,
      ),
    })
    expect(await users().countDocuments()).toBe(1)
  })

  it('while subgraphs run on the databases', async () => {
    const database = backup.databases.connection('users').useDb(backup.databases.eventLogDatabase).db
    if (!database) throw new Error('The database is not open.')
    const leases = createLeases(database)
    await leases.hold(
      'posts/comments.posts',
      async () => {
        expect(await backup.restore()).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('Subgraphs are running on this server (comments.posts). Stop them'),
        })
      },
      new AbortController().signal,
    )
    expect(await backup.databases.contents()).toEqual({})
  })

  it('while the embedded database of the data directory is running', async () => {
    const environment = {
      ...backup.databases.environment,
      MONGODB_URI: '',
      DATA_DIR: backup.workspace.folder(),
    }
    const running = await attachOrStartMongodb({ dataDir: environment.DATA_DIR, log: () => undefined })
    try {
      expect(await backup.restore(backup.folder, environment)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`running on the data directory ${environment.DATA_DIR}. Stop it`),
      })
    } finally {
      await running.close()
    }
  })

  it('when another one has restored the databases meanwhile, for which it waits', async () => {
    const proxy = await startDatabaseProxy()
    try {
      proxy.holdCommands('createIndexes')
      const first = backup.restore(backup.folder, { ...backup.databases.environment, MONGODB_URI: proxy.uri })
      await waitUntil('the first restore creates its indexes', async () => proxy.countHeld() > 0)
      const second = await runNode(
        [join('dist', 'cli', 'restore', 'index.js'), backup.folder],
        backup.databases.environment,
        (stderr) => {
          if (stderr.includes('Another restore is running')) proxy.release()
        },
      )
      expect(second).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/Another restore is running[^]*these databases contain collections/),
      })
      expect(await first).toMatchObject({ code: 0 })
      expect(await backup.databases.contents()).toEqual(backup.contents)
    } finally {
      await proxy.close()
    }
  })

  it.each([[[]], [['one', 'two']]])('with the arguments %j', async (folders) => {
    const ended = await runNode(
      [join('dist', 'cli', 'restore', 'index.js'), ...folders],
      backup.databases.environment,
    )
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage: npm run restore -- DIR') })
  })
})

describe('a backup is refused', () => {
  it('into a folder with content', async () => {
    expect(await backup.backUp(backup.folder)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is not empty\. Name a new folder/),
    })
  })

  it('of databases without data, and creates no folder', async () => {
    const folder = newFolder('none')
    expect(await backup.backUp(folder)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^There is no data in \w+_comments, \w+_posts, \w+_events, \w+_users\. Set MONGODB_URI/,
      ),
    })
    expect(existsSync(folder)).toBe(false)
  })

  it('into a folder that cannot be created', async () => {
    await backup.restore()
    const link = newFolder('link')
    symlinkSync(newFolder('nowhere'), link)
    expect(await backup.backUp(link)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^.+link cannot be created: ENOENT.+Name another folder\.\n$/),
    })
  })

  it('of a data directory that does not exist', async () => {
    const environment = {
      ...backup.databases.environment,
      MONGODB_URI: '',
      DATA_DIR: newFolder('none'),
    }
    expect(await backup.backUp(newFolder('backup'), environment)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not exist, and MONGODB_URI is not set'),
    })
  })

  it('when the disk is full, and is never taken for a complete one', async () => {
    await backup.restore()
    const folder = newFolder('full')
    const program = `ulimit -f 1 && exec ${process.execPath} dist/cli/backup/index.js ${folder}`
    const ended = await new Promise<{ code: number | null; output: string }>((resolve) => {
      const shell = backup.workspace.run(
        'bash',
        ['-c', program],
        backup.databases.environment as Record<string, string>,
      )
      void shell.ended.then(resolve)
    })
    expect(ended).toMatchObject({ code: 1, output: expect.stringMatching(/cannot be written: .*free space/) })
    expect((await backup.restore(folder)).stderr).toContain('is no complete backup')
  })
})

describe('while a database contains a part of a backup', () => {
  const expected = {
    code: 1,
    stdout: expect.not.stringContaining('up to date'),
    stderr: expect.stringMatching(/contains a part of a backup: .+ npm run restore -- DIR\n$/),
  }
  beforeEach(async () => {
    await backup.restore()
    await backup.databases.connection('users').collection(restoreMarkerCollection).insertOne({})
  })

  it('no backup is made of it', async () => {
    const folder = newFolder('part')
    expect(await backup.backUp(folder)).toMatchObject(expected)
    expect(existsSync(folder)).toBe(false)
  })

  it.each([
    ['migrate', ['users']],
    ['import', ['meetup', join('tests', 'fixtures', 'import', 'meetup')]],
  ])('%s changes nothing', async (command, args) => {
    const program = join('dist', 'cli', command, 'index.js')
    expect(await runNode([program, ...args], backup.databases.environment)).toMatchObject(expected)
    expect(await backup.databases.contents()).toEqual({
      ...backup.contents,
      [restoreMarkerCollection]: expect.anything(),
    })
  })
})
