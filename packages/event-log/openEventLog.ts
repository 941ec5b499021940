import { openDatabase } from '../subgraph-kit/mongo/database'
import type { Log } from '../platform/log'
import { createCappedEngine } from './mongo/cappedEngine'
import { createEventLog } from './createEventLog'
import type { EventLog } from './eventLog'
import { createLeases } from './mongo/leases'

export interface EventLogOptions {
  /** A NATS server with JetStream, `nats://host:4222`; without it the feed is on the MongoDB server. */
  url?: string | undefined
  /** Where the processes of a subgraph agree which of them consumes, on either engine. */
  mongodbUri: string
  /** The feed's own database there, which also begins the names of its streams; `agora_feed` unless told. */
  database?: string
  /** How much of the past a topic keeps, in bytes; 64 MiB unless told, which is some 200,000 events. */
  bytes?: number
  log: Log
}

/**
 * Opens the feed. Whoever opens it closes it.
 *
 * @throws StartError when a server does not answer
 */
export async function openEventLog(options: EventLogOptions): Promise<EventLog> {
  const { url, mongodbUri, database = 'agora_feed', bytes = 64 * 1024 * 1024, log } = options
  const connection = await openDatabase(mongodbUri, database)
  try {
    const db = connection.getClient().db(database)
    const engine =
      url === undefined
        ? createCappedEngine(db, bytes, log)
        : // Loaded on demand: the client of NATS would cost every process 4 MB.
          await (await import('./nats/natsEngine')).openNatsEngine({ url, prefix: database, bytes })
    const feed = createEventLog(engine, createLeases(db), log)
    const close = async () => {
      await feed.close()
      await connection.close()
    }
    return { ...feed, close }
  } catch (error) {
    await connection.close()
    throw error
  }
}
