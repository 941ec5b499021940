import mongoose, { type Connection, type Model, type QueryFilter, type Schema } from 'mongoose'

import { StartupError } from '../../platform/lifecycle'
import { unblockWritesOfLostSockets } from './lostSockets'
import { readBounds } from '../../platform/request/readBounds'
import { withTimeout } from '../../platform/async/timeout'

export type { Connection } from 'mongoose'

/**
 * Opens one subgraph's database. Whoever opens it closes it, with `connection.close()`.
 *
 * @param uri where the server is
 * @param database the database's name on it
 * @throws StartError, with the server's address without its password, when it does not answer within 5 s
 */
export async function openDatabase(uri: string, database: string): Promise<Connection> {
  const endWatch = unblockWritesOfLostSockets()
  const connection = mongoose.createConnection(uri, {
    dbName: database,
    serverSelectionTimeoutMS: 5000,
    connectTimeoutMS: 5000,
    autoIndex: false,
    autoCreate: false,
    monitorCommands: true,
  })
  connection.plugin(boundReads)
  // Told of a connection that was never made, too.
  connection.once('close', endWatch)
  try {
    return await connection.asPromise()
  } catch (error) {
    await connection.close().catch(() => undefined)
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartupError(`The database at ${withoutPassword(uri)} cannot be reached: ${reason}`)
  }
}

/** Gives every read of a connection's models its {@link readBounds}. */
function boundReads(schema: Schema): void {
  // Mongoose sends findOneAndUpdate as a find where there is nothing to change.
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

/** Whether the database answers now. */
export async function isReachable(connection: Connection): Promise<boolean> {
  try {
    if (!connection.db) return false
    await withTimeout(2000, connection.db.command({ ping: 1 }))
    return true
  } catch {
    return false
  }
}

/** Creates the collections and indexes that the models declare; what is there already stays. */
export async function ensureIndexes(
  ...models: Pick<Model<unknown>, 'createCollection' | 'createIndexes'>[]
): Promise<void> {
  for (const model of models) {
    await model.createCollection()
    await model.createIndexes()
  }
}

/** Whether an operation has failed because the server was not there, or not in time: then no server has said a word. */
export function isUnreachableError(error: unknown): boolean {
  const { MongoError, MongoServerError } = mongoose.mongo
  if (error instanceof MongoError) return !(error instanceof MongoServerError)
  if (!(error instanceof Error)) return false
  // What a socket says while the driver writes to it comes out as it is.
  if ('syscall' in error) return error.syscall === 'write' || error.syscall === 'read'
  // While it is not connected mongoose keeps operations back, and gives them up with an error of no kind of its own.
  return error instanceof mongoose.Error.MongooseServerSelectionError || error.name === 'MongooseError'
}

/** Returns whether the database has interrupted an operation because its `maxTimeMS` was over. */
export function isTimeLimitError(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.codeName === 'MaxTimeMSExpired'
}

/** Which unique index an insert or update ran into, by the name of its first field; undefined for other errors. */
export function readDuplicateKeyField(error: unknown): string | undefined {
  if (!(error instanceof mongoose.mongo.MongoServerError) || error.code !== 11000) return undefined
  const pattern: unknown = error['keyPattern']
  return typeof pattern === 'object' && pattern !== null ? (Object.keys(pattern)[0] ?? '') : ''
}

function withoutPassword(uri: string): string {
  return uri.replace(/\/\/[^@/]*@/, '//')
}

/**
 * How many rows the first answer of a query may hold; what is over 16 MB goes into a next one in any case. Left to
 * itself the database answers with 101, and a list of 500 costs a second round trip.
 */
export const firstBatchSize = 100_000

/** Those of these documents that are there, in no order, in one round trip. */
export async function findByIds<Document extends { _id: string }>(
  model: Model<Document>,
  ids: readonly string[],
): Promise<Document[]> {
  const filter: QueryFilter<{ _id: string }> = { _id: { $in: [...ids] } }
  return model
    .find(filter as QueryFilter<Document>)
    .batchSize(firstBatchSize)
    .lean<Document[]>()
}

/** How an entity is stored: its ID is the document's `_id`. */
export type StoredDocument<Entity extends { id: string }> = Omit<Entity, 'id'> & { _id: string }

export function toStoredDocument<Entity extends { id: string }>({
  id,
  ...rest
}: Entity): StoredDocument<Entity> {
  return { _id: id, ...rest }
}
