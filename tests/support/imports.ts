import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Connection } from 'mongoose'
import { join } from 'node:path'

import type { ImportArguments } from '../../cli/import/args'
import type { DatabaseNames } from '../../cli/dataConfig'
import { openEntityWriter } from '../../cli/import/target'
import { type ImportOutcome, runImport } from '../../cli/import/run'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { openDatabase } from '../../packages/subgraph-kit/mongo/database'
import type { DomainEvent } from '../../packages/event-log/eventLog'
import { openEventLog } from '../../packages/event-log/openEventLog'
import { createLog } from '../../packages/platform/log'
import { testDatabaseName, testMongodbUri } from './subgraph'

/** The databases of a test that imports. */
export interface ImportDatabases {
  uri: string
  names: DatabaseNames
  eventLogDatabase: string
  /** The environment of `npm run import` that writes to them. */
  environment: NodeJS.ProcessEnv
  connection(name: keyof DatabaseNames): Connection
  /** Returns every document of the entities by collection, without fields that differ between two runs. */
  contents(): Promise<Record<string, object[]>>
  /** Removes every document, but no index. */
  empty(): Promise<void>
  close(): Promise<void>
}

const subgraphNames = ['users', 'events', 'posts', 'comments'] as const
/** Random ticket codes, and the numbers of writes. */
const excludedFields = { ticketCode: 0, version: 0, counted: 0 }
/** Records of processes and times. */
const excludedCollections = ['leases', 'migrations']

export async function openImportDatabases(uri: string = testMongodbUri()): Promise<ImportDatabases> {
  const base = testDatabaseName('import')
  const names: DatabaseNames = {
    users: `${base}_users`,
    events: `${base}_events`,
    posts: `${base}_posts`,
    comments: `${base}_comments`,
  }
  const eventLogDatabase = `${base}_feed`
  const connections = new Map<string, Connection>()
  const collections = async () => {
    const all = await Promise.all(
      [...connections.values()].map(async ({ db }) => (await db?.collections()) ?? []),
    )
    return all.flat()
  }
  for (const part of subgraphNames) connections.set(part, await openDatabase(uri, names[part]))
  const connection = (part: keyof DatabaseNames) => {
    const found = connections.get(part)
    if (!found) throw new Error(`No database ${part}.`)
    return found
  }
  return {
    uri,
    names,
    eventLogDatabase,
    environment: {
      MONGODB_URI: uri,
      USERS_MONGODB_DATABASE: names.users,
      EVENTS_MONGODB_DATABASE: names.events,
      POSTS_MONGODB_DATABASE: names.posts,
      COMMENTS_MONGODB_DATABASE: names.comments,
      EVENT_LOG_DATABASE: eventLogDatabase,
    },
    connection,
    async contents() {
      const all: Record<string, object[]> = {}
      const entities = (await collections()).filter(
        ({ collectionName }) => !excludedCollections.includes(collectionName),
      )
      for (const collection of entities)
        all[collection.collectionName] = await collection
          .find({}, { projection: excludedFields })
          .sort({ _id: 1 })
          .toArray()
      return all
    },
    async empty() {
      for (const collection of await collections()) await collection.deleteMany({})
    },
    async close() {
      await connection('users').useDb(eventLogDatabase).dropDatabase()
      for (const each of connections.values()) {
        await each.dropDatabase()
        await each.close()
      }
    },
  }
}

/** Collects the events that are published from now on, in order. */
export async function followEventLog({ uri, eventLogDatabase }: ImportDatabases) {
  const eventLog = await openEventLog({
    mongodbUri: uri,
    database: eventLogDatabase,
    log: createLog('tests', 'silent'),
  })
  const events: (DomainEvent & { topic: string })[] = []
  for (const topic of subgraphNames) {
    const deliveries = await eventLog.subscribe(topic, { signal: new AbortController().signal })
    void (async () => {
      for await (const { event } of deliveries) events.push({ topic, ...event })
    })()
  }
  return { events, close: () => eventLog.close() }
}

/** The outcome of an import, and the broken rows that it reported. */
interface InProcessImport {
  outcome: ImportOutcome
  printed: string[]
}

/** Runs an import in this process. `onPass` is called when a pass through a file starts. */
export async function runImportInProcess(
  { uri, names }: ImportDatabases,
  request: Pick<ImportArguments, 'format' | 'folder'> & Partial<ImportArguments>,
  {
    onPass = () => undefined,
    batchItems,
  }: { onPass?: (label: string, stop: () => void) => void; batchItems?: number } = {},
): Promise<InProcessImport> {
  const printed: string[] = []
  const controller = new AbortController()
  const target = await openEntityWriter(uri, names)
  try {
    const outcome = await runImport({
      request: { strict: false, site: undefined, ...request },
      writer: target.writer,
      createProgress: () => ({
        startPass: (_file, label) => onPass(label, () => controller.abort()),
        update: () => undefined,
        print: (line) => void printed.push(line),
        end: () => undefined,
      }),
      signal: controller.signal,
      ...(batchItems !== undefined && { batchItems }),
    })
    return { outcome, printed }
  } finally {
    await target.close()
  }
}

export interface CommandResult {
  code: number | string | null
  signal: string | null
  stdout: string
  stderr: string
}

/** Runs `npm run import` without npm. `onText` receives its standard error so far. */
export function runImportCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  onText: (stderr: string, stop: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<CommandResult> {
  return runNode(
    ['--max-old-space-size=160', join('dist', 'cli', 'import', 'index.js'), ...args],
    environment,
    onText,
  )
}

/** Runs a program of the repository. */
export function runNode(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  onText: (stderr: string, stop: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    let stderrText = ''
    const child = execFile(
      process.execPath,
      [...args],
      { cwd: projectRoot, env: { ...process.env, ...environment }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({ code: error ? (error.code ?? null) : 0, signal: error?.signal ?? null, stdout, stderr }),
    )
    child.stderr?.on('data', (text: string) => {
      stderrText += text
      onText(stderrText, (signal) => child.kill(signal))
    })
  })
}

/** Runs a program of the repository with a standard output that is closed, or to a file. @param output `closed`, or a path */
export async function runNodeWithOutput(
  output: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ code: unknown; stderr: string }> {
  const file = output === 'closed' ? undefined : openSync(output, 'w')
  const child = spawn(process.execPath, [...args], {
    cwd: projectRoot,
    env: { ...process.env, ...environment },
    stdio: ['ignore', file ?? 'pipe', 'pipe'],
  })
  if (file === undefined) child.stdout?.destroy()
  else closeSync(file)
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as unknown[]
  return { code, stderr }
}
