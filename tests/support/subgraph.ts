import type { BaseContext } from '@apollo/server'
import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../packages/subgraph-kit/mongo/database'
import type { EventLog } from '../../packages/event-log/eventLog'
import { openEventLog } from '../../packages/event-log/openEventLog'
import {
  createMongoRateLimiter,
  type MongoRateLimiter,
} from '../../packages/subgraph-kit/mongo/mongoRateLimiter'
import type { Charge } from '../../packages/platform/rate-limits/rateLimiter'
import { createLog, type Log } from '../../packages/platform/log'
import { createHttpServerMetrics } from '../../packages/platform/telemetry/httpServerMetrics'
import { createMetricsRegistry } from '../../packages/platform/telemetry/metrics'
import { openMetricsEndpoint } from '../../packages/platform/telemetry/metricsRoute'
import type { Tracer } from '../../packages/platform/telemetry/tracing'
import {
  createSubgraphTelemetry,
  type SubgraphTelemetry,
} from '../../packages/subgraph-kit/telemetry/subgraphTelemetry'
import { currentScope, currentWork, requestTimeoutHeader } from '../../packages/platform/request/requestScope'
import { serveSubgraph, type Subgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import type { SubgraphResources } from '../../packages/subgraph-kit/server/resources'
import { anonymous, type SignedInViewer, type Viewer, type ViewerRole } from '../../packages/auth/viewer'
import { createServiceSigner, createViewerSigner, viewerHeader } from '../../packages/auth/viewerToken'
import { newId } from '../../schema/ids'
import mongoose, { type Connection } from 'mongoose'

export const routerSecret = 'a secret of the tests, long enough'
const sign = createViewerSigner(routerSecret)

/** The response of a GraphQL endpoint. */
export interface GraphQLResponse {
  status: number
  // Tests assert the structure of `data`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
}

/** A running subgraph with its own database. */
export interface TestSubgraph {
  url: string
  connection: Connection
  eventLog: EventLog
  /** Sends an operation, by default of an anonymous viewer. */
  send(document: string, variables?: object, viewer?: Viewer, address?: string): Promise<GraphQLResponse>
  /** Sends an operation and returns `data`. Throws when the response has errors. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  query(document: string, variables?: object, viewer?: Viewer): Promise<any>
  /** Returns the names of the database commands of `work`; see {@link recordRequestCommands}. */
  recordCommands(work: () => Promise<unknown>): Promise<string[]>
  close(): Promise<void>
}

/** Returns the URI of the test database. Its clients emit the driver's events of commands, which tests observe. */
export function testMongodbUri(): string {
  const uri = process.env['MONGODB_URI']
  if (!uri) throw new Error('MONGODB_URI is not set: globalSetup has not started a database.')
  const [address = '', options] = uri.split('?')
  const path = /^[^/]+:\/\/[^/]+\//.test(address) ? address : `${address}/`
  return `${path}?${options === undefined ? '' : `${options}&`}monitorCommands=true`
}

/** Returns a unique database name. */
export function testDatabaseName(part: string): string {
  return `test_${part}_${randomBytes(6).toString('hex')}`
}

/** A URL that refuses connections: nothing listens on the discard port. */
export const unreachableUrl = 'http://127.0.0.1:9/graphql'

export async function dropDatabase(name: string): Promise<void> {
  const connection = await openDatabase(testMongodbUri(), name)
  await connection.dropDatabase()
  await connection.close()
}

export interface StartSubgraphOptions {
  /** The database of another test subgraph, which drops it. */
  database?: string
  /** A shared event log, which the test drops. */
  eventLogDatabase?: string
  /** Default: a free port. */
  port?: number
  heartbeatMs?: number
  /** Default: a limiter that counts but never refuses. */
  limiter?: (connection: Connection) => MongoRateLimiter
  /** The server of the subgraph's database. Default: the test database. */
  mongodbUri?: string
  /** The server of the event log. Default: the test database. */
  eventLogUri?: string
  /** Default: silent, or LOG_LEVEL. */
  log?: Log
  /** Accepted in addition to the secret of the tests. */
  previousRouterSecret?: string
  /** Default: the secret of the tests. */
  routerSecret?: string
  /** Default: traces are off. */
  tracer?: Tracer | undefined
  /** Operations and commands that take longer are logged as a warning. Default: 500. */
  slowMs?: number | undefined
  /** Default: a log on the MongoDB server. */
  eventLogUrl?: string
}

/** Counts with the same commands but never refuses, for tests with more writes than the limits allow. */
function createLenientLimiter(connection: Connection): MongoRateLimiter {
  const limiter = createMongoRateLimiter(connection)
  const free = (charges: readonly Charge[]) => charges.map((charge) => ({ ...charge, points: 0 }))
  return {
    ...limiter,
    consumeAll: (charges) => limiter.consumeAll(free(charges)),
    refund: (charges) => limiter.refund(free(charges)),
  }
}

/** Starts a subgraph over HTTP, by default with its own database and event log. */
export async function startSubgraph<Context extends BaseContext>(
  create: (tools: SubgraphResources) => Subgraph<Context>,
  {
    database,
    eventLogDatabase,
    port = 0,
    mongodbUri = testMongodbUri(),
    eventLogUri = testMongodbUri(),
    limiter: createLimiter,
    log = createLog('subgraph', process.env['LOG_LEVEL'] ?? 'silent'),
    tracer,
    slowMs,
    eventLogUrl,
    ...more
  }: StartSubgraphOptions = {},
): Promise<TestSubgraph> {
  const telemetry = await createTestTelemetry({ log, tracer, slowMs })
  const connection = await openDatabase(
    mongodbUri,
    database ?? testDatabaseName('subgraph'),
    telemetry.database,
  )
  const eventLogName = eventLogDatabase ?? `${connection.name}_feed`
  const eventLog = await openEventLog({
    url: eventLogUrl,
    mongodbUri: eventLogUri,
    database: eventLogName,
    log,
    telemetry: telemetry.eventLog,
    databaseTelemetry: telemetry.database,
  })
  const limiter = (createLimiter ?? createLenientLimiter)(connection)
  await limiter.prepare()
  const asService = createServiceSigner(routerSecret, 'tests')
  const subgraph = create({
    connection,
    eventLog,
    rateLimiter: telemetry.limits.countRefusals(limiter),
    writeLimiter: telemetry.limits.countRefusals(limiter),
    createServiceToken: asService,
    telemetry,
    log,
  })
  const options = { host: '127.0.0.1', port, routerSecret, log, telemetry, ...more }
  const server = await serveSubgraph(subgraph, options).catch(async (error: unknown) => {
    await eventLog.close()
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
        // Like the router, which does not interrupt mutations.
        ...(!/^\s*mutation/.test(document) && { [requestTimeoutHeader]: '60000' }),
      },
      body: JSON.stringify({ query: document, variables }),
    })
    const result = (await response.json()) as Omit<GraphQLResponse, 'status'>
    if (unboundedReads.length > 0) throw new Error(`Reads without readBounds: ${unboundedReads.join('\n')}`)
    return { status: response.status, ...result }
  }

  return {
    url,
    connection,
    eventLog,
    send,
    query: async (document, variables, viewer) => {
      const response = await send(document, variables, viewer)
      if (response.errors)
        throw new Error(`The operation failed: ${JSON.stringify(response.errors, null, 2)}\n${document}`)
      return response.data
    },
    recordCommands: (work) => recordRequestCommands(connection, work),
    close: async () => {
      // The test may have stopped it.
      if (connection.readyState !== mongoose.ConnectionStates.connected) return
      await server.close()
      await eventLog.close()
      await limiter.close()
      if (!database) await connection.dropDatabase()
      if (!database && !eventLogDatabase) await connection.useDb(eventLogName).dropDatabase()
      await connection.close()
    },
  }
}

/** Creates the telemetry of one subgraph, which serves `/metrics` on its own port. */
export async function createTestTelemetry({
  log,
  tracer,
  slowMs = 500,
}: Required<Pick<StartSubgraphOptions, 'log'>> &
  Pick<StartSubgraphOptions, 'tracer' | 'slowMs'>): Promise<SubgraphTelemetry> {
  const registry = createMetricsRegistry()
  const { routes: metricsRoutes } = await openMetricsEndpoint({
    readMetrics: () => registry.metrics(),
    host: '127.0.0.1',
    port: undefined,
    log,
  })
  const httpMetrics = createHttpServerMetrics(registry)
  return createSubgraphTelemetry({ registry, httpMetrics, metricsRoutes, tracer }, slowMs, log)
}

const reads = ['find', 'aggregate', 'count', 'distinct']

/** @returns a live list of the reads that requests have sent without a time limit */
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

/** Among them are the explanations of slow commands, which are logged. */
const notOperations = /^\{"(ping|hello|isMaster|endSessions|explain)"/
/**
 * Background work: sweepers delete expired documents, processes claim leases, the event log stores positions, the relay
 * publishes, consumers run and count, and users polls revocations.
 */
const backgroundCommands =
  /feed_positions|pendingEvents\.id|relay\.token|followUpAt|staleSince|counted\.v|"(purgeAt|eraseAt|contentKeyUntil)":\{"\$lte"|"leases"|^\{"createIndexes"|^\{"(update|delete)":"comment_counts"|^\{"find":"comment_counts"(?!.*"projection")|"filter":\{"uncountedIn"|"filter":\{"(revokedAt|endedAt)"|"(verification\.requestedAt|handles\.reservedUntil)":\{"\$lte"|^\{"delete":.*"(expiresAt|finishedAt|createdAt|at|pendingUntil|fullAt)":\{"\$lte?"/

/** Returns the names of the commands that a connection sends during `work`, except those of background work. */
export const recordCommands = (connection: Connection, work: () => Promise<unknown>): Promise<string[]> =>
  recordNames(connection, work, (text) => !notOperations.test(text))

/** Returns the names of the commands that requests send during `work`. Background work has no request. */
export const recordRequestCommands = (
  connection: Connection,
  work: () => Promise<unknown>,
): Promise<string[]> => recordNames(connection, work, isCommandOfRequest)

/** Returns whether a command that starts belongs to a request. @param text the command as JSON */
export const isCommandOfRequest = (text: string): boolean =>
  isWorkOfRequest() && !notOperations.test(text) && !backgroundCommands.test(text)

/** Returns whether the current work, such as a command that starts, is that of a request. */
export const isWorkOfRequest = (): boolean => currentWork()?.requestId !== undefined

async function recordNames(
  connection: Connection,
  work: () => Promise<unknown>,
  counts: (text: string) => boolean,
): Promise<string[]> {
  const names: string[] = []
  const client = connection.getClient()
  const recordCommand = ({ commandName, command }: mongoose.mongo.CommandStartedEvent) => {
    if (counts(JSON.stringify(command))) names.push(commandName)
  }
  client.on('commandStarted', recordCommand)
  try {
    await work()
  } finally {
    client.off('commandStarted', recordCommand)
  }
  return names
}

/** Creates a signed-in viewer, by default a new one. */
export function createViewer(role: ViewerRole = 'MEMBER', id: string = newId('User')): SignedInViewer {
  return { kind: 'signedIn', id, role, sessionId: 'session-of-the-tests' }
}
