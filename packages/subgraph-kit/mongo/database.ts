import mongoose, { type Model } from 'mongoose'

import { StartupError } from '../../platform'
import type { SelectedFields } from '../selectedFields'

export {
  firstBatchSize,
  isReachable,
  openDatabase,
  readBulkDuplicates,
  readDuplicateKeyField,
  type Connection,
} from '../../event-log/mongo'

/**
 * Creates the collections and indexes that models declare, except those that exist.
 *
 * @throws StartupError when an index cannot be built, for example a unique one because of duplicates
 */
export async function ensureIndexes(
  ...models: Pick<Model<unknown>, 'createCollection' | 'createIndexes' | 'collection'>[]
): Promise<void> {
  for (const model of models) {
    try {
      await model.createCollection()
      await model.createIndexes()
    } catch (error) {
      if (!(error instanceof mongoose.mongo.MongoServerError)) throw error
      // The reason is not the index: see {@link runStartStep}.
      if (isUnreachableError(error) || isDiskFullError(error)) throw error
      const name = model.collection.collectionName
      throw new StartupError(
        `The indexes of the collection ${name} cannot be built: ${error.message} Remove the cause and start again.`,
        { cause: error },
      )
    }
  }
}

/** Codes of a server that cannot execute an operation: during a failover or shutdown, or for lack of another server. */
const unavailableCodes: ReadonlySet<unknown> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  133, // FailedToSatisfyReadPreference
  189, // PrimarySteppedDown
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
])

/**
 * Returns whether an operation failed because no server responded, not in time, or only one that is not the primary. A write
 * may have been applied.
 *
 * The driver has already retried, once: reads always, single writes and bulk writes where the server has sessions (not the
 * embedded engine), and no write of several documents at once (`updateMany`, `deleteMany`). A caller need not retry, because
 * every write is one atomic operation on one document, conditional or idempotent: its client receives SUBGRAPH_UNAVAILABLE,
 * and background work repeats the whole step.
 */
export function isUnreachableError(error: unknown): boolean {
  const { MongoAPIError, MongoBulkWriteError, MongoError, MongoServerError } = mongoose.mongo
  // The driver wraps every error of a bulk write, also those of its connection.
  if (error instanceof MongoBulkWriteError && error.errorResponse instanceof Error)
    return isUnreachableError(error.errorResponse)
  if (error instanceof MongoServerError)
    return unavailableCodes.has(error.code) || error.hasErrorLabel('RetryableWriteError')
  // A wrong call, unless the client was closed in the meantime.
  if (error instanceof MongoAPIError)
    return (
      error instanceof mongoose.mongo.MongoNotConnectedError ||
      error instanceof mongoose.mongo.MongoTopologyClosedError
    )
  if (error instanceof MongoError) return true
  if (!(error instanceof Error)) return false
  // The driver passes on errors of its sockets as they are.
  if ('syscall' in error) return error.syscall === 'write' || error.syscall === 'read'
  // Mongoose buffers operations while it is disconnected, and times them out with an error that has no class of its own.
  return error instanceof mongoose.Error.MongooseServerSelectionError || error.name === 'MongooseError'
}

/**
 * Runs a step of the start that uses the database.
 *
 * @throws StartupError when the database is lost during the step, or its disk is too full for an index
 */
export async function runStartStep(step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (isUnreachableError(error))
      throw new StartupError(`The database was lost during the start: ${error.message}`)
    if (isDiskFullError(error))
      throw new StartupError(`The disk of the database is full: ${error.message}. Free some space.`)
    throw error
  }
}

const isDiskFullError = (error: Error): boolean =>
  error instanceof mongoose.mongo.MongoServerError && error.codeName === 'OutOfDiskSpace'

/** Returns whether the server interrupted an operation at its `maxTimeMS`. */
export function isTimeLimitError(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.codeName === 'MaxTimeMSExpired'
}

/** The fields to read, or not to read. Documents of it lack all others, which their type does not say: see the callers. */
export type Projection = Readonly<Record<string, 0 | 1>>

/**
 * Builds the projection of entities with selected fields.
 *
 * @param always fields of the documents that are read in any case
 * @param selectable fields that are read when the operation selects the fields of these names
 */
export function buildProjection(
  always: readonly string[],
  selectable: readonly string[] = [],
  selected: SelectedFields = new Set(),
): Projection {
  const fields = [...always, ...selectable.filter((field) => selected.has(field))]
  return Object.fromEntries(fields.map((field) => [field, 1]))
}

/** A stored entity, whose ID is the document's `_id`. */
export type StoredDocument<Entity extends { id: string }> = Omit<Entity, 'id'> & { _id: string }

/** Converts an entity into its document. */
export function toStoredDocument<Entity extends { id: string }>({
  id,
  ...rest
}: Entity): StoredDocument<Entity> {
  return { _id: id, ...rest }
}
