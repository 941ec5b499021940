import type { Connection, Model, QueryFilter } from 'mongoose'

import { firstBatchSize, type Projection } from './database'

/** Which documents to read, and in which order. */
interface DocumentRead<Document> {
  filter: QueryFilter<Document>
  /** Default: all fields that the schema selects. */
  projection?: Projection | undefined
  sort?: Record<string, 1 | -1>
  limit?: number
  /** The index to use. */
  hint?: Record<string, 1 | -1>
}

/** Reads documents of a model as they are stored, within the bounds of the request. */
export async function readDocuments<Document>(
  model: Model<Document>,
  { filter, projection, sort, limit, hint }: DocumentRead<Document>,
): Promise<Document[]> {
  const query = model.find(filter, projection).batchSize(firstBatchSize)
  if (sort) query.sort(sort)
  if (limit !== undefined) query.limit(limit)
  if (hint) query.hint(hint)
  return query.lean<Document[]>()
}

/** Returns those of these documents that exist, in any order, in one round trip. */
export async function findByIds<Document extends { _id: string }>(
  model: Model<Document>,
  ids: readonly string[],
  projection?: Projection,
): Promise<Document[]> {
  return readDocuments(model, { filter: { _id: matchOneOf(ids) } as QueryFilter<Document>, projection })
}

/**
 * Returns the condition of a field that has one of these values. The database reads a single document by its ID without
 * planning.
 */
export function matchOneOf(values: readonly string[]): string | { $in: string[] } {
  const [only, ...others] = values
  return only !== undefined && others.length === 0 ? only : { $in: [...values] }
}

/** Builds the projection that leaves out the fields with `select: false`, as mongoose does. */
export function excludeUnselected<Document>(model: Model<Document>): Projection {
  const fields: string[] = []
  model.schema.eachPath((path, type) => {
    const options: { select?: boolean } = type.options
    if (options.select === false) fields.push(path)
  })
  return Object.fromEntries(fields.map((field) => [field, 0]))
}

/** Returns the database of an open connection. */
export function requireDb(connection: Connection): NonNullable<Connection['db']> {
  if (!connection.db) throw new Error('The database is not open.')
  return connection.db
}
