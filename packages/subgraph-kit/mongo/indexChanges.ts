import mongoose from 'mongoose'

import type { Database } from '../migrations/migration'

interface IndexDefinition {
  readonly keys: Readonly<Record<string, 1 | -1 | 'text' | '2dsphere'>>
  /** With a name of its own, different from that of the replaced index. */
  readonly options: mongoose.mongo.CreateIndexesOptions & { name: string }
}

const isServerError = (error: unknown, ...codeNames: string[]): boolean =>
  error instanceof mongoose.mongo.MongoServerError && codeNames.includes(String(error.codeName))

/** Drops an index, if it exists. */
export async function dropIndexIfExists(
  database: Database,
  collectionName: string,
  indexName: string,
): Promise<void> {
  try {
    await database.collection(collectionName).dropIndex(indexName)
  } catch (error) {
    if (!isServerError(error, 'IndexNotFound', 'NamespaceNotFound')) throw error
  }
}

/**
 * Replaces an index by one with other options or keys. Builds the new one before it drops the old one, so that queries
 * always have one of them, and uniqueness is protected at any time. Idempotent.
 *
 * MongoDB cannot keep two indexes that differ in other options than `unique`, `sparse`, `partialFilterExpression` and
 * `collation`, or two text indexes: then it drops the old one first.
 *
 * @throws when that would suspend a uniqueness
 */
export async function replaceIndex(
  database: Database,
  collectionName: string,
  oldName: string,
  { keys, options }: IndexDefinition,
): Promise<void> {
  const collection = database.collection(collectionName)
  try {
    await collection.createIndex({ ...keys }, options)
  } catch (error) {
    if (!isServerError(error, 'IndexOptionsConflict', 'IndexKeySpecsConflict')) throw error
    const old = (await collection.indexes()).find(({ name }) => name === oldName)
    if (old?.unique === true)
      throw new Error(
        `The index ${oldName} of ${collectionName} cannot be replaced without suspending its uniqueness: ` +
          'declare other keys, for example with _id added, for the index that replaces it.',
        { cause: error },
      )
    await dropIndexIfExists(database, collectionName, oldName)
    await collection.createIndex({ ...keys }, options)
  }
  await dropIndexIfExists(database, collectionName, oldName)
}
