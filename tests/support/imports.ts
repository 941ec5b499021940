import { execFile } from 'node:child_process'
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

/** The four databases of one test's imports. */
export interface ImportDatabases {
  uri: string
  names: DatabaseNames
  /** Where the imports tell that they were. */
  eventLogDatabase: string
  /** What `npm run import` needs to write to them. */
  environment: NodeJS.ProcessEnv
  /** One of them, for a look inside. */
  connection(name: keyof DatabaseNames): Connection
  /** Every document, by collection, without what differs between two runs by its nature. */
  contents(): Promise<Record<string, object[]>>
  /** Removes every document; the indexes stay. */
  empty(): Promise<void>
  close(): Promise<void>
}

const parts = ['users', 'events', 'posts', 'comments'] as const
/** Tickets are made at random; how often an event was written says nothing about it. */
const incidental = { ticketCode: 0, version: 0 }

export async function openImportDatabases(uri: string = testMongodbUri()): Promise<ImportDatabases> {
  const base = testDatabaseName('import')
  const names: DatabaseNames = {
    users: `${base}_users`,
    events: `${base}_events`,
    posts: `${base}_posts`,
    comments: `${base}_comments`,
  }
  const feedDatabase = `${base}_feed`
  const connections = new Map<string, Connection>()
  const collections = async () => {
    const all = await Promise.all(
      [...connections.values()].map(async ({ db }) => (await db?.collections()) ?? []),
    )
    return all.flat()
  }
  for (const part of parts) connections.set(part, await openDatabase(uri, names[part]))
  const connection = (part: keyof DatabaseNames) => {
    const found = connections.get(part)
    if (!found) throw new Error(`No database ${part}.`)
    return found
  }
  return {
    uri,
    names,
    eventLogDatabase: feedDatabase,
    environment: {
      MONGODB_URI: uri,
      USERS_MONGODB_DATABASE: names.users,
      EVENTS_MONGODB_DATABASE: names.events,
      POSTS_MONGODB_DATABASE: names.posts,
      COMMENTS_MONGODB_DATABASE: names.comments,
      EVENT_LOG_DATABASE: feedDatabase,
    },
    connection,
    async contents() {
      const all: Record<string, object[]> = {}
      for (const collection of await collections())
        all[collection.collectionName] = await collection
          .find({}, { projection: incidental })
          .sort({ _id: 1 })
          .toArray()
      return all
    },
    async empty() {
      for (const collection of await collections()) await collection.deleteMany({})
    },
    async close() {
      await connection('users').useDb(feedDatabase).dropDatabase()
      for (const each of connections.values()) {
        await each.dropDatabase()
        await each.close()
      }
    },
  }
}

/** What the subgraphs and the imports tell from now on, in the order in which it comes, until `close`. */
export async function followEventLog({ uri, eventLogDatabase }: ImportDatabases) {
  const feed = await openEventLog({
    mongodbUri: uri,
    database: eventLogDatabase,
    log: createLog('tests', 'silent'),
  })
  const events: (DomainEvent & { topic: string })[] = []
  for (const topic of parts) {
    const deliveries = await feed.subscribe(topic, { signal: new AbortController().signal })
    void (async () => {
      for await (const { event } of deliveries) events.push({ topic, ...event })
    })()
  }
  return { events, close: () => feed.close() }
}

/** What an import said about broken rows, and how it ended. */
export interface InProcessImport {
  outcome: ImportOutcome
  printed: string[]
}

/** Runs an import in this process. `onPass` is events of every pass through a file as it begins. */
export async function runImportInProcess(
  { uri, names }: ImportDatabases,
  request: Pick<ImportArguments, 'format' | 'folder'> & Partial<ImportArguments>,
  {
    onPass = () => undefined,
    batchItems,
  }: { onPass?: (what: string, stop: () => void) => void; batchItems?: number } = {},
): Promise<InProcessImport> {
  const printed: string[] = []
  const controller = new AbortController()
  const target = await openEntityWriter(uri, names)
  try {
    const outcome = await runImport({
      request: { strict: false, site: undefined, ...request },
      writer: target.writer,
      createProgress: () => ({
        startPass: (_file, what) => onPass(what, () => controller.abort()),
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

/** How a command ended. */
export interface CommandResult {
  code: number | string | null
  signal: string | null
  stdout: string
  stderr: string
}

/** Runs the import command, as built and as `npm run import` does; `onText` sees what it has written to standard error so far. */
export function runImportCommand(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  onText: (stderr: string, stop: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<CommandResult> {
  return runNode(
    ['--max-old-space-size=160', join('dist', 'cli', 'import', 'index.js'), ...words],
    environment,
    onText,
  )
}

/** Runs a program of the repository with node. */
export function runNode(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  onText: (stderr: string, stop: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    let seen = ''
    const child = execFile(
      process.execPath,
      [...words],
      { cwd: projectRoot, env: { ...process.env, ...environment }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({ code: error ? (error.code ?? null) : 0, signal: error?.signal ?? null, stdout, stderr }),
    )
    child.stderr?.on('data', (text: string) => {
      seen += text
      onText(seen, (signal) => child.kill(signal))
    })
  })
}
