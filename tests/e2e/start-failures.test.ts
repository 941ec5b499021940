import { execFileSync } from 'node:child_process'
import {
  closeSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { startEmbeddedMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { createLogFile } from '../../cli/embedded-mongodb/logFile'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { createTestWorkspace, freePorts, waitUntil } from '../support/processes'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

/** Runs `npm start` without npm until it has failed. @returns its lines after the first one */
async function startAndFail(dataDir: string): Promise<{ code: number | null; lines: string[] }> {
  const program = join(projectRoot, 'dist', 'cli', 'start', 'index.js')
  const environment = { DATA_DIR: dataDir, PORT: String(await freePorts()), DEMO: 'false' }
  const { code, output } = await workspace.run(process.execPath, [program], environment).ended
  const [first, ...lines] = output
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('… waiting for'))
  expect(first).toBe('Agora is starting …')
  return { code, lines }
}

async function startDatabase(dataDir: string, options: { cacheMb?: number } = {}) {
  const lines: string[] = []
  const database = await startEmbeddedMongodb({ dataDir, log: (line) => lines.push(line), ...options })
  workspace.later(() => database.close())
  const connection = await mongoose.createConnection(database.uri, { dbName: 'test' }).asPromise()
  workspace.later(() => connection.close())
  return { ...database, lines, collection: connection.collection('things'), admin: connection.db?.admin() }
}

/** Stores some 2 MB in a database, and stops it. @returns the folder of its files */
async function createDatabase(dataDir: string): Promise<string> {
  const { collection, close } = await startDatabase(dataDir)
  const text = 'text '.repeat(400)
  await collection.insertMany(
    Array.from({ length: 1000 }, (_, number) => ({ number, text: `${text}${Math.random()}` })),
  )
  await close()
  return join(dataDir, 'mongodb')
}

/** Overwrites bytes of a file. */
function damageFile(file: string, position: number): void {
  const handle = openSync(file, 'r+')
  writeSync(
    handle,
    Buffer.alloc(Math.min(64 * 1024, statSync(file).size - position), 0xa5),
    undefined,
    undefined,
    position,
  )
  closeSync(handle)
}

const log = (dataDir: string): string => readFileSync(join(dataDir, 'mongodb.log'), 'utf8')

describe('the embedded database', () => {
  test('keeps a log of its starts and ends', async () => {
    const dataDir = workspace.folder()
    const { close } = await startDatabase(dataDir)
    const [, pid] = /process (\d+) opens .*\(cache 256 MB, \d+ MB free\)/.exec(log(dataDir)) ?? []
    process.kill(Number(pid), 'SIGKILL')
    await waitUntil('it has restarted', () =>
      /recovering after a kill or a crash[^]*ready/.test(log(dataDir)),
    )
    await close()
    const events = log(dataDir)
      .split('\n')
      .map((line) => /^\S+Z (?:process \d+ )?(\w+)/.exec(line)?.[1])
    expect(events).toEqual(['opens', 'ready', 'ended', 'opens', 'ready', 'closing', 'ended', undefined])
  })

  test('limits the size of the log', () => {
    const folder = workspace.folder()
    const write = createLogFile(join(folder, 'log'))
    for (let line = 0; line < 3000; line++) write(`${line} ${'x'.repeat(1000)}`)
    expect(readdirSync(folder).sort()).toEqual(['log', 'log.1'])
    for (const file of ['log', 'log.1']) expect(statSync(join(folder, file)).size).toBeLessThan(1_002_000)
    expect(readFileSync(join(folder, 'log'), 'utf8')).toContain(' 2999 xxx')
  })

  test('limits its cache', async () => {
    const { admin } = await startDatabase(workspace.folder(), { cacheMb: 64 })
    expect(await admin?.serverStatus()).toMatchObject({
      wiredTiger: { cache: { 'maximum bytes configured': 64 * 1024 * 1024 } },
    })
  })

  test('reports damaged files when the system starts', async () => {
    const dataDir = workspace.folder()
    const folder = await createDatabase(dataDir)
    damageFile(join(folder, 'WiredTiger.wt'), 4096)
    const message = `The embedded database cannot use its files in ${folder}: they are damaged, or another program has changed them. Restore a backup of the directory, or move it away to start with an empty database.`
    expect(await startAndFail(dataDir)).toEqual({ code: 1, lines: [message, 'Agora has stopped.'] })
  })

  test('reports damaged files once when it reads them later', async () => {
    const dataDir = workspace.folder()
    const folder = await createDatabase(dataDir)
    for (const name of readdirSync(folder).filter((file) => file.startsWith('collection-')))
      damageFile(join(folder, name), 4096)
    const { collection, lines } = await startDatabase(dataDir)
    await expect(collection.find().toArray()).rejects.toThrow()
    await waitUntil('it has restarted', () => lines.some((line) => line.includes('restarting in')))
    expect(lines.filter((line) => line.includes('they are damaged'))).toHaveLength(1)
  })
})

/** Mounts a small disk at a folder. */
function mountDisk(megabytes: number): string {
  const folder = workspace.folder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  workspace.later(() => void execFileSync('umount', ['--lazy', folder]))
  return folder
}

function canMount(): boolean {
  try {
    mountDisk(1)
    return true
  } catch {
    return false
  }
}

const describeIfMountable = canMount() ? describe : describe.skip

describeIfMountable('the embedded database on a full disk', () => {
  const message = (folder: string) =>
    new RegExp(
      `^(\\[database\\] )?The disk of ${folder}/mongodb is full: it has \\d+ MB free, and the embedded database needs at least 100 MB\\.`,
    )

  test('does not start', async () => {
    const dataDir = mountDisk(50)
    const { code, lines } = await startAndFail(dataDir)
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [expect.stringMatching(message(dataDir)), 'Agora has stopped.'],
    })
  })

  test('reports it once, and continues with every acknowledged write when there is space again', async () => {
    const dataDir = mountDisk(150)
    const { collection, lines } = await startDatabase(dataDir)
    const ballast = join(dataDir, 'ballast')
    writeFileSync(ballast, Buffer.alloc(110_000_000))
    let acknowledged = 0
    const write = async () => {
      for (;;) {
        await collection.insertOne({ number: acknowledged, data: Buffer.allocUnsafe(500_000) })
        acknowledged++
      }
    }
    await expect(write()).rejects.toThrow()
    const explanations = () => lines.filter((line) => message(dataDir).test(line))
    await waitUntil(
      'it has tried to restart',
      () => lines.filter((line) => line.includes('restarting')).length > 1,
    )
    expect(explanations()).toHaveLength(1)

    rmSync(ballast)
    await waitUntil('it responds again', () =>
      collection.countDocuments({ number: { $lt: acknowledged } }).then(
        (count) => count === acknowledged,
        () => false,
      ),
    )
    expect(acknowledged).toBeGreaterThan(0)
  })
})
