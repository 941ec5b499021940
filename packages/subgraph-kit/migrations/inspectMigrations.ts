import { StartupError } from '../../platform'
import { createMigrationRecords } from '../mongo/migrationRecords'
import type { Database, Migration } from './migration'

/** The migrations of a database compared with those that this version knows. */
interface MigrationState {
  /** Not completed, in their order. */
  pending: Migration[]
  /** The names of recorded migrations of newer versions. */
  unknown: string[]
}

/**
 * Compares the recorded migrations of a database with those that this version knows.
 *
 * @throws StartupError when a newer version has removed data that this one needs
 */
export async function inspectMigrations(
  database: Database,
  migrations: readonly Migration[],
): Promise<MigrationState> {
  const records = await createMigrationRecords(database).readAll()
  const known = new Set(migrations.map(({ name }) => name))
  const completed = new Set(records.filter(({ phase }) => phase === 'completed').map(({ _id }) => _id))
  const newer = records.filter(({ _id }) => !known.has(_id))
  const ending = newer.find(({ requires }) => requires !== undefined && !known.has(requires))
  if (ending)
    throw new StartupError(
      `The database ${database.databaseName} was migrated by a newer version (${ending._id}), on whose data this version ` +
        'does not work. Nothing was changed. Start that version or a later one, or restore a backup from before.',
    )
  return {
    pending: migrations.filter(({ name }) => !completed.has(name)),
    unknown: newer.map(({ _id }) => _id),
  }
}
