import { readBounds } from '../../platform'
import type { Database, Migration } from '../migrations/migration'

/** The state of one migration in the database that it migrates. */
export interface MigrationRecord {
  /** The name of the migration. */
  _id: string
  phase: 'running' | 'failed' | 'completed'
  /** Incremented by each start: a process that has lost the lease cannot write to a later attempt. */
  attempt: number
  startedAt: Date
  endedAt?: Date
  /** The last migrated ID of each collection. */
  positions: Record<string, string>
  /** The number of changed documents. */
  changed: number
  /** {@link Migration.requires} */
  requires?: string
  error?: string
}

/** Another process has taken over the migration. */
export class MigrationTakenOverError extends Error {
  override name = 'MigrationTakenOverError'
}

/** Creates the records of migrations, in the collection `migrations` of the database. */
export function createMigrationRecords(database: Database) {
  const collection = database.collection<MigrationRecord>('migrations')

  /** Writes to the current attempt. @throws MigrationTakenOverError */
  async function update({ _id, attempt }: MigrationRecord, set: object, inc = 0): Promise<void> {
    const { matchedCount } = await collection.updateOne(
      { _id, attempt },
      { $set: set, $inc: { changed: inc } },
    )
    if (matchedCount === 0) throw new MigrationTakenOverError(`Another process runs the migration ${_id}.`)
  }

  return {
    readAll: (): Promise<MigrationRecord[]> => collection.find({}, readBounds()).sort({ _id: 1 }).toArray(),

    /** Starts an attempt. @returns the record, with the position of earlier attempts */
    async start({ name, requires }: Migration): Promise<MigrationRecord> {
      const record = await collection.findOneAndUpdate(
        { _id: name },
        {
          $set: { phase: 'running', startedAt: new Date(), ...(requires !== undefined && { requires }) },
          $setOnInsert: { positions: {}, changed: 0 },
          $inc: { attempt: 1 },
          $unset: { error: 1 },
        },
        { upsert: true, returnDocument: 'after' },
      )
      if (!record) throw new Error(`The migration ${name} was not recorded.`)
      return record
    },

    savePosition: (record: MigrationRecord, collectionName: string, id: string, changed: number) =>
      update(record, { [`positions.${collectionName}`]: id }, changed),

    complete: (record: MigrationRecord) => update(record, { phase: 'completed', endedAt: new Date() }),

    fail: (record: MigrationRecord, error: string) =>
      update(record, { phase: 'failed', endedAt: new Date(), error }),
  }
}

export type MigrationRecords = ReturnType<typeof createMigrationRecords>

/** Returns the last of the first `size` IDs after an ID; undefined when there is none. */
export async function findBatchEnd(
  database: Database,
  collectionName: string,
  after: string | undefined,
  size: number,
): Promise<string | undefined> {
  const filter = after === undefined ? {} : { _id: { $gt: after } }
  const ids = await database
    .collection<{ _id: string }>(collectionName)
    .find(filter, { projection: { _id: 1 }, ...readBounds() })
    .sort({ _id: 1 })
    .limit(size)
    .toArray()
  return ids.at(-1)?._id
}
