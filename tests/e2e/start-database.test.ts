import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { startEmbeddedMongodb, attachOrStartMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { createTestWorkspace, isAlive, waitUntil } from '../support/processes'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

const log = () => {}

/** Reads the process ID of the host from the lock file of the engine. */
const readHostPid = (dataDir: string): number =>
  Number.parseInt(readFileSync(join(dataDir, 'mongodb', 'mongod.lock'), 'utf8'), 10)

async function start(dataDir: string) {
  const database = await startEmbeddedMongodb({ dataDir, log })
  workspace.later(() => database.close())
  return database
}

async function connectTo(uri: string) {
  const connection = await mongoose.createConnection(uri, { dbName: 'test' }).asPromise()
  workspace.later(() => connection.close())
  return connection
}

test('keeps every acknowledged write after SIGKILL of the host, which restarts at the same URI', async () => {
  const dataDir = workspace.folder()
  const database = await start(dataDir)
  const connection = await connectTo(database.uri)
  const killed = readHostPid(dataDir)
  for (let number = 0; number < 100; number++) await connection.collection('test').insertOne({ number })
  process.kill(killed, 'SIGKILL')

  await waitUntil('the host has restarted', () => !isAlive(killed) && readHostPid(dataDir) !== killed)
  await waitUntil('the connection works again', () =>
    connection
      .collection('test')
      .countDocuments()
      .then(
        (count) => count === 100,
        () => false,
      ),
  )
  expect(readdirSync(join(dataDir, 'run', 't'))).toHaveLength(1)
})

test('keeps only the data until the next start', async () => {
  const dataDir = workspace.folder()
  const first = await startEmbeddedMongodb({ dataDir, log })
  const writer = await mongoose.createConnection(first.uri, { dbName: 'test' }).asPromise()
  await writer.collection('test').insertOne({ name: 'one' })
  await writer.close()
  const host = readHostPid(dataDir)
  await first.close()
  expect(isAlive(host)).toBe(false)
  expect(existsSync(join(dataDir, 'run', 'mongodb.sock'))).toBe(false)
  expect(readdirSync(join(dataDir, 'run', 't'))).toEqual([])

  const second = await start(dataDir)
  expect(second.uri).toBe(first.uri)
  const reader = await connectTo(second.uri)
  expect(await reader.collection('test').countDocuments()).toBe(1)
})

test('names the process that uses a data folder when a second system starts on it', async () => {
  const dataDir = workspace.folder()
  await start(dataDir)
  await expect(startEmbeddedMongodb({ dataDir, log })).rejects.toThrow(
    `The data folder ${dataDir} is in use by another system (process ${readHostPid(dataDir)}).`,
  )
})

test('attaches to a running database, and starts one otherwise', async () => {
  const dataDir = workspace.folder()
  const own = await attachOrStartMongodb({ dataDir, log })
  const other = await attachOrStartMongodb({ dataDir, log })
  expect(other.uri).toBe(own.uri)
  await other.close()
  const host = readHostPid(dataDir)
  expect(isAlive(host)).toBe(true)
  await own.close()
  expect(isAlive(host)).toBe(false)
})

test('shares one database between concurrent programs', async () => {
  const dataDir = workspace.folder()
  const databases = await Promise.all([
    attachOrStartMongodb({ dataDir, log }),
    attachOrStartMongodb({ dataDir, log }),
  ])
  for (const database of databases) {
    workspace.later(() => database.close())
    const connection = await connectTo(database.uri)
    await connection.collection('test').insertOne({})
  }
})

test('supports a data directory that is too long for a socket path', async () => {
  const dataDir = join(workspace.folder(), 'a-folder-with-a-long-name'.repeat(4), 'data')
  mkdirSync(dataDir, { recursive: true })
  const database = await start(dataDir)
  const connection = await connectTo(database.uri)
  await connection.collection('test').insertOne({})
  expect((await attachOrStartMongodb({ dataDir, log })).uri).toBe(database.uri)
  const short = join(decodeURIComponent(new URL(database.uri).host), '..')
  workspace.later(() => rmSync(short, { recursive: true, force: true }))
})

test('names a data directory that cannot be created', async () => {
  const file = join(workspace.folder(), 'file')
  writeFileSync(file, '')
  await expect(startEmbeddedMongodb({ dataDir: join(file, 'data'), log })).rejects.toThrow(
    `The data directory ${join(file, 'data')} cannot be used`,
  )
})

test('stops the host when the starting process is killed, and releases the directory', async () => {
  const dataDir = workspace.folder()
  const module = join(projectRoot, 'dist', 'cli', 'embedded-mongodb', 'embeddedMongodb.js')
  const code = `
    const { startEmbeddedMongodb } = require(${JSON.stringify(module)})
    startEmbeddedMongodb({ dataDir: ${JSON.stringify(dataDir)}, log: console.log }).then(() => console.log('started'))`
  const starter = workspace.run(process.execPath, ['-e', code])
  await starter.waitForOutput(/started/)
  const host = readHostPid(dataDir)
  starter.child.kill('SIGKILL')
  // Immediately: the start waits for the lock of a host that is ending.
  await start(dataDir)
  await waitUntil('the host has ended', () => !isAlive(host))
})
