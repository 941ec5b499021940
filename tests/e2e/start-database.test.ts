import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { startEmbeddedMongodb, attachOrStartMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { createTestWorkspace, isAlive, waitUntil } from '../support/processes'

const workplace = createTestWorkspace()
afterEach(() => workplace.cleanUp())

const log = () => {}

/** The host writes its process id into the engine's lock file. */
const hostOf = (dataDir: string): number =>
  Number.parseInt(readFileSync(join(dataDir, 'mongodb', 'mongod.lock'), 'utf8'), 10)

async function start(dataDir: string) {
  const database = await startEmbeddedMongodb({ dataDir, log })
  workplace.later(() => database.close())
  return database
}

async function connectTo(uri: string) {
  const connection = await mongoose.createConnection(uri, { dbName: 'things' }).asPromise()
  workplace.later(() => connection.close())
  return connection
}

test('every acknowledged write is there after kill -9 of the host, which comes back at the same address', async () => {
  const dataDir = workplace.folder()
  const database = await start(dataDir)
  const connection = await connectTo(database.uri)
  const killed = hostOf(dataDir)
  for (let number = 0; number < 100; number++) await connection.collection('kept').insertOne({ number })
  process.kill(killed, 'SIGKILL')

  await waitUntil('the host is back', () => !isAlive(killed) && hostOf(dataDir) !== killed)
  await waitUntil('the same connection counts again', () =>
    connection
      .collection('kept')
      .countDocuments()
      .then(
        (count) => count === 100,
        () => false,
      ),
  )
  expect(readdirSync(join(dataDir, 'run', 't'))).toHaveLength(1)
})

test('the data is there at the next start, and nothing else than data is left', async () => {
  const dataDir = workplace.folder()
  const first = await startEmbeddedMongodb({ dataDir, log })
  const writer = await mongoose.createConnection(first.uri, { dbName: 'things' }).asPromise()
  await writer.collection('kept').insertOne({ name: 'one' })
  await writer.close()
  const host = hostOf(dataDir)
  await first.close()
  expect(isAlive(host)).toBe(false)
  expect(existsSync(join(dataDir, 'run', 'mongodb.sock'))).toBe(false)
  expect(readdirSync(join(dataDir, 'run', 't'))).toEqual([])

  const second = await start(dataDir)
  expect(second.uri).toBe(first.uri)
  const reader = await connectTo(second.uri)
  expect(await reader.collection('kept').countDocuments()).toBe(1)
})

test('a second system on a data folder is told who has it', async () => {
  const dataDir = workplace.folder()
  await start(dataDir)
  await expect(startEmbeddedMongodb({ dataDir, log })).rejects.toThrow(
    `The data folder ${dataDir} is in use by another system (process ${hostOf(dataDir)}).`,
  )
})

test('a program beside the system uses its database, and one of its own without it', async () => {
  const dataDir = workplace.folder()
  const own = await attachOrStartMongodb({ dataDir, log })
  const other = await attachOrStartMongodb({ dataDir, log })
  expect(other.uri).toBe(own.uri)
  await other.close()
  const host = hostOf(dataDir)
  expect(isAlive(host)).toBe(true)
  await own.close()
  expect(isAlive(host)).toBe(false)
})

test('two programs that need a database at once get the same one', async () => {
  const dataDir = workplace.folder()
  const databases = await Promise.all([
    attachOrStartMongodb({ dataDir, log }),
    attachOrStartMongodb({ dataDir, log }),
  ])
  for (const database of databases) {
    workplace.later(() => database.close())
    const connection = await connectTo(database.uri)
    await connection.collection('kept').insertOne({})
  }
})

test('a data folder may be too deep for the path of a socket', async () => {
  const dataDir = join(workplace.folder(), 'a-folder-with-a-long-name'.repeat(4), 'data')
  mkdirSync(dataDir, { recursive: true })
  const database = await start(dataDir)
  const connection = await connectTo(database.uri)
  await connection.collection('kept').insertOne({})
  expect((await attachOrStartMongodb({ dataDir, log })).uri).toBe(database.uri)
  const short = join(decodeURIComponent(new URL(database.uri).host), '..')
  workplace.later(() => rmSync(short, { recursive: true, force: true }))
})

test('a data folder that cannot be made is named', async () => {
  const file = join(workplace.folder(), 'file')
  writeFileSync(file, '')
  await expect(startEmbeddedMongodb({ dataDir: join(file, 'data'), log })).rejects.toThrow(
    `The data folder ${join(file, 'data')} cannot be used`,
  )
})

test('the host ends when whoever started it is killed, and frees the folder', async () => {
  const dataDir = workplace.folder()
  const module = join(projectRoot, 'dist', 'cli', 'embedded-mongodb', 'embeddedMongodb.js')
  const code = `
    const { startEmbeddedMongodb } = require(${JSON.stringify(module)})
    startEmbeddedMongodb({ dataDir: ${JSON.stringify(dataDir)}, log: console.log }).then(() => console.log('started'))`
  const starter = workplace.run(process.execPath, ['-e', code])
  await starter.waitForOutput(/started/)
  const host = hostOf(dataDir)
  starter.child.kill('SIGKILL')
  // At once: a folder whose host is just ending is waited for.
  await start(dataDir)
  await waitUntil('the host has ended', () => !isAlive(host))
})
