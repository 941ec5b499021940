import type { BaseContext } from '@apollo/server'
import { randomBytes } from 'node:crypto'
import mongoose, { type Connection } from 'mongoose'

import { openDatabase } from '../../packages/subgraph-kit/mongo/database'
import type { EventLog } from '../../packages/event-log/eventLog'
import { openEventLog } from '../../packages/event-log/openEventLog'
import {
  createMongoRateLimiter,
  type MongoRateLimiter,
} from '../../packages/subgraph-kit/mongo/mongoRateLimiter'
import type { Charge } from '../../packages/platform/rate-limits/rateLimiter'
import { createLog, type Log } from '../../packages/platform/log'
import { currentScope, requestTimeoutHeader } from '../../packages/platform/request/requestScope'
import { serveSubgraph, type Subgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import type { SubgraphResources } from '../../packages/subgraph-kit/server/resources'
import { anonymous, type SignedInViewer, type Viewer, type ViewerRole } from '../../packages/auth/viewer'
import { createServiceSigner, createViewerSigner, viewerHeader } from '../../packages/auth/viewerToken'
import { newId } from '../../packages/platform/ids/ids'

export const routerSecret = 'a secret of the tests, long enough'
const sign = createViewerSigner(routerSecret)

/** What a GraphQL endpoint answered. */
export interface GraphQLResponse {
  status: number
  // The shape of `data` is the test's business: it asserts on it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
}

/** A subgraph that listens, on a database of its own. */
export interface TestSubgraph {
  url: string
  connection: Connection
  eventLog: EventLog
  /** Sends an operation in the name of a viewer; anonymous unless told. */
  send(document: string, variables?: object, viewer?: Viewer, address?: string): Promise<GraphQLResponse>
  /** The same, and fails the test when there are top-level errors; gives `data`. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  query(document: string, variables?: object, viewer?: Viewer): Promise<any>
  /** The names of the database commands that `work` causes; see {@link recordRequestCommands}. */
  recordCommands(work: () => Promise<unknown>): Promise<string[]>
  close(): Promise<void>
}

/** Where the tests' databases are. */
export function testMongodbUri(): string {
  const uri = process.env['MONGODB_URI']
  if (!uri) throw new Error('The global set-up did not start a database.')
  return uri
}

/** A database name that no other test has. */
export function testDatabaseName(part: string): string {
  return `test_${part}_${randomBytes(6).toString('hex')}`
}

/** Where nothing answers: the discard port, on which nobody listens. */
export const unreachableUrl = 'http://127.0.0.1:9/graphql'

export async function dropDatabase(name: string): Promise<void> {
  const connection = await openDatabase(testMongodbUri(), name)
  await connection.dropDatabase()
  await connection.close()
}

export interface StartSubgraphOptions {
  /** A second process's worth of a subgraph, on the same data: only the one that made the database drops it. */
  database?: string
  /** The feed's database that it shares with others; whoever names it drops it. */
  eventLogDatabase?: string
  /** Any that is free unless told. */
  port?: number
  heartbeatMs?: number
  /** Unless given, attempts are counted with the same commands and none is refused. */
  limiter?: (connection: Connection) => MongoRateLimiter
  /** Where the subgraph's own database is; that of all tests unless told. */
  mongodbUri?: string
  /** Silent unless LOG_LEVEL is set. */
  log?: Log
  /** Accepted beside the secret of the tests. */
  previousRouterSecret?: string
  /** Of the tests unless told. */
  routerSecret?: string
}

/** Counts like any other and refuses nothing, for tests that write more than a person would. */
function createLenientLimiter(connection: Connection): MongoRateLimiter {
  const limiter = createMongoRateLimiter(connection)
  const free = (charges: readonly Charge[]) => charges.map((charge) => ({ ...charge, points: 0 }))
  return {
    ...limiter,
    consumeAll: (charges) => limiter.consumeAll(free(charges)),
    refund: (charges) => limiter.refund(free(charges)),
  }
}

/** Starts a subgraph over HTTP, on a database and a feed of its own unless told. */
export async function startSubgraph<Context extends BaseContext>(
  create: (tools: SubgraphResources) => Subgraph<Context>,
  {
    database,
    eventLogDatabase,
    port = 0,
    mongodbUri = testMongodbUri(),
    limiter: createLimiter,
    log = createLog('subgraph', process.env['LOG_LEVEL'] ?? 'silent'),
    ...more
  }: StartSubgraphOptions = {},
): Promise<TestSubgraph> {
  const connection = await openDatabase(mongodbUri, database ?? testDatabaseName('subgraph'))
  const feedName = eventLogDatabase ?? `${connection.name}_feed`
  const feed = await openEventLog({ mongodbUri: testMongodbUri(), database: feedName, log })
  const limiter = (createLimiter ?? createLenientLimiter)(connection)
  await limiter.prepare()
  const asService = createServiceSigner(routerSecret, 'tests')
  const subgraph = create({
    connection,
    eventLog: feed,
    rateLimiter: limiter,
    writeLimiter: limiter,
    createServiceToken: asService,
    log,
  })
  const options = { host: '127.0.0.1', port, routerSecret, log, ...more }
  const server = await serveSubgraph(subgraph, options).catch(async (error: unknown) => {
    await feed.close()
    await connection.close()
    throw error
  })
  const url = `${server.url}/graphql`
  const unboundedReads = watchReads(connection)

  const send: TestSubgraph['send'] = async (
    document,
    variables = {},
    viewer = anonymous,
    address = '192.0.2.1',
  ) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [viewerHeader]: sign({ viewer, address }),
        // As the router does: mutations are not interrupted.
        ...(!/^\s*mutation/.test(document) && { [requestTimeoutHeader]: '60000' }),
      },
      body: JSON.stringify({ query: document, variables }),
    })
    const answer = (await response.json()) as Omit<GraphQLResponse, 'status'>
    if (unboundedReads.length > 0) throw new Error(`Reads without readBounds: ${unboundedReads.join('\n')}`)
    return { status: response.status, ...answer }
  }

  return {
    url,
    connection,
    eventLog: feed,
    send,
    query: async (document, variables, viewer) => {
      const answer = await send(document, variables, viewer)
      if (answer.errors)
        throw new Error(`The operation failed: ${JSON.stringify(answer.errors, null, 2)}\n${document}`)
      return answer.data
    },
    recordCommands: (work) => recordRequestCommands(connection, work),
    close: async () => {
      // A test may have ended it already.
      if (connection.readyState !== mongoose.ConnectionStates.connected) return
      await server.close()
      await feed.close()
      await limiter.close()
      if (!database) await connection.dropDatabase()
      if (!database && !eventLogDatabase) await connection.useDb(feedName).dropDatabase()
      await connection.close()
    },
  }
}

const reads = ['find', 'aggregate', 'count', 'distinct']

/** @returns the reads that requests have sent without a time limit; it grows */
function watchReads(connection: Connection): readonly string[] {
  const unbounded: string[] = []
  connection
    .getClient()
    .on('commandStarted', ({ commandName, command }: mongoose.mongo.CommandStartedEvent) => {
      const isOfRequest = currentScope() !== undefined
      if (isOfRequest && reads.includes(commandName) && command['maxTimeMS'] === undefined)
        unbounded.push(JSON.stringify(command))
    })
  return unbounded
}

const notOperations = /^\{"(ping|hello|isMaster|endSessions)"/
/** What a subgraph does by itself, all the while: the feed keeps positions, publishes what waits, and follows up, and users looks for revocations. */
const ofUpkeep =
  /feed_positions|pendingEvents\.id|relay\.token|followUpAt|staleSince|^\{"createIndexes"|"filter":\{"(revokedAt|endedAt)"/

/** The names of the commands that a connection sends while `work` is done, those of its upkeep left out. */
export const recordCommands = (connection: Connection, work: () => Promise<unknown>): Promise<string[]> =>
  namesDuring(connection, work, (text) => !notOperations.test(text))

/** The same for the work of requests: what a subgraph does by itself at the same time is left out too. */
export const recordRequestCommands = (
  connection: Connection,
  work: () => Promise<unknown>,
): Promise<string[]> =>
  namesDuring(connection, work, (text) => !notOperations.test(text) && !ofUpkeep.test(text))

async function namesDuring(
  connection: Connection,
  work: () => Promise<unknown>,
  counts: (text: string) => boolean,
): Promise<string[]> {
  const names: string[] = []
  const client = connection.getClient()
  const note = ({ commandName, command }: mongoose.mongo.CommandStartedEvent) => {
    if (counts(JSON.stringify(command))) names.push(commandName)
  }
  client.on('commandStarted', note)
  try {
    await work()
  } finally {
    client.off('commandStarted', note)
  }
  return names
}

/** Somebody who is signed in; a new person each time unless `id` is given. */
export function createViewer(role: ViewerRole = 'MEMBER', id: string = newId('User')): SignedInViewer {
  return { kind: 'signedIn', id, role, sessionId: 'session-of-the-tests' }
}
