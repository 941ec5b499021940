import mongoose, { type Model, type QueryFilter } from 'mongoose'

import { firstBatchSize } from '../../event-log/mongo'
import { StartupError } from '../../platform'

export {
  firstBatchSize,
  isReachable,
  openDatabase,
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
      const name = model.collection.collectionName
      throw new StartupError(
        `The indexes of the collection ${name} cannot be built: ${error.message} Remove the cause and start again.`,
        { cause: error },
      )
    }
  }
}

/** Returns whether an operation failed because no server responded, or not in time. */
export function isUnreachableError(error: unknown): boolean {
  const { MongoError, MongoServerError } = mongoose.mongo
  if (error instanceof MongoError) return !(error instanceof MongoServerError)
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
    if (error instanceof mongoose.mongo.MongoServerError && error.codeName === 'OutOfDiskSpace')
      throw new StartupError(`The disk of the database is full: ${error.message}. Free some space.`)
    throw error
  }
}

/** Returns whether the server interrupted an operation at its `maxTimeMS`. */
export function isTimeLimitError(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.codeName === 'MaxTimeMSExpired'
}

/** Returns those of these documents that exist, in any order, in one round trip. */
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

/** A stored entity, whose ID is the document's `_id`. */
export type StoredDocument<Entity extends { id: string }> = Omit<Entity, 'id'> & { _id: string }

/** Converts an entity into its document. */
export function toStoredDocument<Entity extends { id: string }>({
  id,
  ...rest
}: Entity): StoredDocument<Entity> {
  return { _id: id, ...rest }
}
