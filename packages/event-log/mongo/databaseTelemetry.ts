import mongoose, { type mongo } from 'mongoose'

import type { Log } from '../../platform/log'
import { currentWork } from '../../platform'
import { createDurationHistogram, observeGauge, type Registry } from '../../platform/telemetry'
import { createSlowCommandLog } from './slowCommands'
import type { CommandObserver } from './observedConnection'

/** Measures, traces and logs the database commands of a process. */
export interface DatabaseTelemetry {
  /**
   * Creates the observer of a connection; undefined when neither metrics nor traces nor slow commands are recorded.
   *
   * @param getDatabase returns the database that explains slow commands; undefined while it is not connected
   */
  createObserver(getDatabase: () => mongo.Db | undefined): CommandObserver | undefined
  /** Adds the connections of a client to the metrics. @param pool the name of its database */
  observePool(pool: string, client: mongo.MongoClient): void
}

interface DatabaseTelemetryOptions {
  /** Undefined when the metrics are not read. */
  registry: Registry | undefined
  /** Whether requests have spans. */
  isTracing: boolean
  /** Commands that take longer are logged. */
  slowMs: number
  log: Log
}

const system = 'mongodb'

/** Commands of a start, of every collection: each would be a series that never changes again. */
const schemaCommands = new Set(['create', 'createIndexes', 'dropIndexes'])

/** The upper bounds that OpenTelemetry advises for database commands, in seconds. */
const commandBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

/** Creates the telemetry of the database commands of one process, under the names of OpenTelemetry's conventions. */
export function createDatabaseTelemetry({
  registry,
  isTracing,
  slowMs,
  log,
}: DatabaseTelemetryOptions): DatabaseTelemetry {
  const findSeries = createDurationHistogram({
    name: 'db_client_operation_duration_seconds',
    help: 'Duration of database commands, by collection and command; error_type is empty for those that succeeded.',
    labelNames: ['db_system_name', 'db_namespace', 'db_collection_name', 'db_operation_name', 'error_type'],
    buckets: commandBuckets,
    registry,
  })
  const pools = new Map<string, mongo.MongoClient>()
  if (registry) observePools(registry, pools)

  return {
    createObserver(getDatabase) {
      if (!registry && !isTracing && !log.isLevelEnabled('warn')) return undefined
      const logSlowCommand = createSlowCommandLog({ getDatabase, log })
      return (command) => {
        const work = currentWork()
        const span = work?.span?.startChild(`${command.name} ${command.collection}`, {
          kind: 'client',
          attributes: {
            'db.system.name': system,
            'db.namespace': command.database,
            'db.collection.name': command.collection,
            'db.operation.name': command.name,
          },
        })
        const startMs = performance.now()
        return (error) => {
          const durationMs = performance.now() - startMs
          const errorType = error === undefined ? '' : describeError(error)
          const { database, collection, name } = command
          const collectionLabel = schemaCommands.has(name) ? '' : collection
          findSeries(system, database, collectionLabel, name, errorType)(durationMs / 1000)
          if (durationMs > slowMs) logSlowCommand(command, durationMs, work)
          if (!span) return
          if (errorType !== '') span.setError(errorType)
          span.end()
        }
      }
    },
    observePool: (pool, client) => void pools.set(pool, client),
  }
}

/** Returns the name of an error's kind, of which there is a bounded number. */
function describeError(error: unknown): string {
  if (error instanceof mongoose.mongo.MongoServerError) return error.codeName ?? String(error.code)
  return error instanceof Error ? error.name : 'unknown'
}

/** The part of the driver's connection pools that is used here. */
interface DriverPool {
  currentCheckedOutCount: number
  availableConnectionCount: number
  waitQueueSize: number
  options: { maxPoolSize: number }
}

/** Returns the pools of a client, one for each server; its events do not include the end of the wait of an aborted command. */
function listPools(client: mongo.MongoClient): DriverPool[] {
  const { topology } = client as unknown as {
    topology?: { s: { servers: ReadonlyMap<string, { pool: DriverPool }> } }
  }
  return [...(topology?.s.servers.values() ?? [])].map(({ pool }) => pool)
}

function observePools(registry: Registry, clients: ReadonlyMap<string, mongo.MongoClient>): void {
  const name = 'db_client_connection_pool_name'
  const sum = (pools: readonly DriverPool[], count: (pool: DriverPool) => number) =>
    pools.reduce((total, pool) => total + count(pool), 0)

  observeGauge(
    {
      name: 'db_client_connections',
      help: 'Connections to the database, by state: used by a command, or idle.',
      labelNames: [name, 'db_client_connection_state'],
      registry,
    },
    (report) => {
      for (const [pool, client] of clients) {
        const pools = listPools(client)
        const state = 'db_client_connection_state'
        report(
          sum(pools, (each) => each.currentCheckedOutCount),
          { [name]: pool, [state]: 'used' },
        )
        report(
          sum(pools, (each) => each.availableConnectionCount),
          { [name]: pool, [state]: 'idle' },
        )
      }
    },
  )
  observeGauge(
    {
      name: 'db_client_connection_pending_requests',
      help: 'Database commands that wait for a connection.',
      labelNames: [name],
      registry,
    },
    (report) => {
      for (const [pool, client] of clients)
        report(
          sum(listPools(client), (each) => each.waitQueueSize),
          { [name]: pool },
        )
    },
  )
  observeGauge(
    {
      name: 'db_client_connection_max',
      help: 'The highest number of connections to the database.',
      labelNames: [name],
      registry,
    },
    (report) => {
      for (const [pool, client] of clients)
        report(
          sum(listPools(client), (each) => each.options.maxPoolSize),
          { [name]: pool },
        )
    },
  )
}
