import type { Log } from '../platform/log'
import { createEventLog } from './createEventLog'
import type { EventLog } from './eventLog'
import { createCappedEngine } from './mongo/cappedEngine'
import { openDatabase } from './mongo/connection'
import type { DatabaseTelemetry } from './mongo/databaseTelemetry'
import { createLeases } from './mongo/leases'
import type { EventLogTelemetry } from './telemetry/eventLogTelemetry'

interface EventLogOptions {
  /** A NATS server with JetStream, `nats://host:4222`; without it the log is stored on the MongoDB server. */
  url?: string | undefined
  /** Whether it opens while no NATS server responds: events wait, and consumers start later. Default: false. */
  startsWithoutServer?: boolean
  /** The copies of each topic on NATS. Default: 3 where the cluster has three servers, otherwise 1. */
  natsReplicas?: number | undefined
  /** The server that stores the leases of consumers, for both engines. */
  mongodbUri: string
  /** The log's own database there, and the prefix of its streams; default `agora_feed`. */
  database?: string
  /** The retention of a topic in bytes; default 64 MiB, which is some 200,000 events. */
  maxTopicBytes?: number
  log: Log
  telemetry?: EventLogTelemetry | undefined
  databaseTelemetry?: DatabaseTelemetry | undefined
}

/**
 * Opens the event log. The caller closes it.
 *
 * @throws StartupError when a server does not respond that must
 */
export async function openEventLog(options: EventLogOptions): Promise<EventLog> {
  const { url, startsWithoutServer = false, natsReplicas, mongodbUri, log } = options
  const { database = 'agora_feed', maxTopicBytes = 64 * 1024 * 1024, telemetry, databaseTelemetry } = options
  const connection = await openDatabase(mongodbUri, database, databaseTelemetry)
  try {
    const db = connection.getClient().db(database)
    const engine =
      url === undefined
        ? createCappedEngine(db, maxTopicBytes, log)
        : // Loaded on demand: the client of NATS would cost every process 4 MB.
          await (
            await import('./nats/natsEngine')
          ).openNatsEngine({
            url,
            startsWithoutServer,
            prefix: database,
            maxTopicBytes,
            replicas: natsReplicas,
            log,
          })
    const eventLog = createEventLog(engine, createLeases(db), log, telemetry)
    const close = async () => {
      await eventLog.close()
      await connection.close()
    }
    return { ...eventLog, close }
  } catch (error) {
    await connection.close()
    throw error
  }
}
