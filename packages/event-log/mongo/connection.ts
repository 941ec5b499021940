import mongoose, { type Connection, type Schema } from 'mongoose'

import { readBounds, StartupError, withTimeout } from '../../platform'
import type { DatabaseTelemetry } from './databaseTelemetry'
import { unblockWritesOfLostSockets } from './lostSockets'
import { createObservedConnectionType } from './observedConnection'

export type { Connection } from 'mongoose'

/**
 * Opens a connection pool to one database. The caller closes it, with `connection.close()`.
 *
 * @param uri of the server
 * @param database the name of the database
 * @param telemetry measures its commands
 * @throws StartupError, with the server's address without its password, when the server does not respond within 5 s
 */
export async function openDatabase(
  uri: string,
  database: string,
  telemetry?: DatabaseTelemetry,
): Promise<Connection> {
  const stopUnblocking = unblockWritesOfLostSockets()
  const observer = telemetry?.createObserver(() => connection.db)
  const connection: Connection = mongoose.createConnection(uri, {
    dbName: database,
    serverSelectionTimeoutMS: 5000,
    connectTimeoutMS: 5000,
    // How soon after a lost connection, which may be the second one of a failover, commands find the server again. Default: 500.
    minHeartbeatFrequencyMS: 100,
    autoIndex: false,
    autoCreate: false,
    // Also with another one in the URI: a read must return every write that was acknowledged before it. The driver
    // would combine a mere name with the URI's other options of reads.
    readPreference: new mongoose.mongo.ReadPreference('primary'),
    // The driver encodes all texts itself. It would look at every character of every text that it reads.
    enableUtf8Validation: false,
    ...(observer && { connectionType: createObservedConnectionType(observer) }),
  })
  connection.plugin(boundReads)
  // Emitted for a connection that was never established, too.
  connection.once('close', stopUnblocking)
  try {
    await connection.asPromise()
    telemetry?.observePool(database, connection.getClient())
    return connection
  } catch (error) {
    await connection.close().catch(() => undefined)
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartupError(`The database at ${removePassword(uri)} cannot be reached: ${reason}`)
  }
}

/** Adds {@link readBounds} to every read of a connection's models. */
function boundReads(schema: Schema): void {
  // Mongoose sends findOneAndUpdate as a find when the update is empty.
  const reads = [
    'find',
    'findOne',
    'findOneAndUpdate',
    'countDocuments',
    'estimatedDocumentCount',
    'distinct',
  ] as const
  schema.pre([...reads], function () {
    this.setOptions(readBounds())
  })
  schema.pre('aggregate', function () {
    this.option(readBounds())
  })
}

/** Returns whether the database responds to a ping within 2 s. */
export const isReachable = async (connection: Connection): Promise<boolean> =>
  connection.db !== undefined && isDatabaseReachable(connection.db)

/** The same for the driver's database. */
export async function isDatabaseReachable(database: mongoose.mongo.Db): Promise<boolean> {
  try {
    await withTimeout(2000, database.command({ ping: 1 }))
    return true
  } catch {
    return false
  }
}

const removePassword = (uri: string): string => uri.replace(/\/\/[^@/]*@/, '//')

/**
 * The batch size of a query that needs all its rows at once; the server splits batches at 16 MB anyway. Its own
 * first batch has 101 rows, so that a list of 500 would take a second round trip.
 */
export const firstBatchSize = 100_000

/** The code of MongoDB's errors for a write that violates a unique index. */
export const duplicateKeyCode = 11000

/**
 * Returns the first field of the unique index that an insert or update violated; undefined for other errors.
 */
export function readDuplicateKeyField(error: unknown): string | undefined {
  if (!(error instanceof mongoose.mongo.MongoServerError) || error.code !== duplicateKeyCode) return undefined
  const pattern: unknown = error['keyPattern']
  return typeof pattern === 'object' && pattern !== null ? (Object.keys(pattern)[0] ?? '') : ''
}

/**
 * Returns the result of an unordered bulk write of which some writes violated a unique index, by their positions.
 *
 * @throws any other error
 */
export function readBulkDuplicates(error: unknown): { duplicates: number[]; upsertedCount: number } {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) throw error
  const writeErrors = [error.writeErrors].flat()
  if (writeErrors.length === 0 || writeErrors.some(({ code }) => code !== duplicateKeyCode)) throw error
  return { duplicates: writeErrors.map(({ index }) => index), upsertedCount: error.upsertedCount }
}
