import { createLeases } from '../../event-log/mongo'
import { maxBatchSize, StartupError } from '../../platform'
import { isReachable, isUnreachableError, type Connection } from '../mongo/database'
import { requireDb } from '../mongo/readDocuments'
import {
  createMigrationRecords,
  findBatchEnd,
  MigrationTakenOverError,
  type MigrationRecord,
  type MigrationRecords,
} from '../mongo/migrationRecords'
import { inspectMigrations } from './inspectMigrations'
import type { Database, Migration, MigrationContext, MigrationLog } from './migration'

interface RunMigrationsOptions {
  connection: Connection
  /** All migrations of the subgraph, in their order. */
  migrations: readonly Migration[]
  log: MigrationLog
}

const logIntervalMs = 10_000

/**
 * Runs the pending migrations of a database, one process at a time, and waits for those that another process runs. An
 * interrupted migration continues from its stored position.
 *
 * @returns `newer` when the database has migrations of a newer version: none was run, and its indexes must stay as they are
 * @throws StartupError when a migration fails, or when this version does not work on the data of a newer one
 */
export async function runMigrations({
  connection,
  migrations,
  log,
}: RunMigrationsOptions): Promise<'current' | 'newer'> {
  const database = requireDb(connection)
  const records = createMigrationRecords(database)
  const leases = createLeases(database)
  const { databaseName } = database

  async function runPending(signal: AbortSignal): Promise<void> {
    const { pending, unknown } = await inspectMigrations(database, migrations)
    if (unknown.length > 0) return
    for (const migration of pending) {
      signal.throwIfAborted()
      await runMigration({ connection, database, records, migration, log, signal })
    }
  }

  for (;;) {
    const { pending, unknown } = await inspectMigrations(database, migrations)
    if (unknown.length > 0) {
      const names = unknown.join(', ')
      log.warn(
        { database: databaseName, unknown },
        `The database ${databaseName} was migrated by a newer version (${names}). This process serves, but runs no ` +
          'migration and changes no index.',
      )
      return 'newer'
    }
    if (pending.length === 0) return 'current'
    const waiting = setInterval(() => {
      log.info(
        { database: databaseName },
        `Waiting until another process has migrated the database ${databaseName}`,
      )
    }, logIntervalMs)
    const held = { isLost: () => false }
    try {
      await leases.hold(
        'migrations',
        (signal) => {
          clearInterval(waiting)
          held.isLost = () => signal.aborted
          return runPending(signal)
        },
        new AbortController().signal,
      )
    } catch (error) {
      if (!held.isLost() && !(error instanceof MigrationTakenOverError)) throw error
      log.warn({ err: error, database: databaseName }, 'The lease was lost during a migration; trying again')
    } finally {
      clearInterval(waiting)
    }
  }
}

interface RunMigrationOptions {
  connection: Connection
  database: Database
  records: MigrationRecords
  migration: Migration
  log: MigrationLog
  signal: AbortSignal
}

/** @throws StartupError when it fails; AbortError or MigrationTakenOverError when another process has taken over */
async function runMigration(options: RunMigrationOptions): Promise<void> {
  const { connection, database, records, migration, log, signal } = options
  const { name, description } = migration
  const { databaseName } = database
  const startedAt = performance.now()
  const record = await records.start(migration)
  const progress = { changed: record.changed }
  const fields = { database: databaseName, migration: name }
  log.info(fields, `${record.attempt > 1 ? 'Continuing' : 'Starting'} the migration ${name}: ${description}`)
  const logging = setInterval(() => {
    log.info({ ...fields, ...progress }, `The migration ${name} has changed ${progress.changed} documents`)
  }, logIntervalMs)
  try {
    await migration.run({
      database,
      signal,
      forEachBatch: createBatchRunner({ database, records, record, signal, progress }),
    })
    await records.complete(record)
  } catch (error) {
    if (signal.aborted || error instanceof MigrationTakenOverError) throw error
    throw await reportFailure(error)
  } finally {
    clearInterval(logging)
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  log.info(
    { ...fields, ...progress },
    `Completed the migration ${name}: ${progress.changed} documents changed, after ${seconds} s`,
  )

  async function reportFailure(error: unknown): Promise<StartupError> {
    const cause = error instanceof Error ? error.message : String(error)
    const state = `after ${progress.changed} changed documents`
    // The process is being stopped, or the database is, or another server becomes the primary.
    if (isUnreachableError(error) || !(await isReachable(connection)))
      return new StartupError(
        `The migration ${name} of the database ${databaseName} was interrupted ${state} (${cause}). It continues at the ` +
          'next start.',
      )
    await records.fail(record, cause).catch(() => undefined)
    log.error({ ...fields, err: error }, `The migration ${name} failed`)
    return new StartupError(
      `The migration ${name} of the database ${databaseName} failed ${state}: ${cause} Processes of the version before ` +
        'can continue to run. Remove the cause and start again: it continues where it failed. "npm run migrate -- ' +
        '--dry-run" lists the pending migrations.',
    )
  }
}

interface BatchRunnerOptions {
  database: Database
  records: MigrationRecords
  record: MigrationRecord
  signal: AbortSignal
  progress: { changed: number }
}

/** Creates {@link MigrationContext.forEachBatch}. */
function createBatchRunner(options: BatchRunnerOptions): MigrationContext['forEachBatch'] {
  const { database, records, record, signal, progress } = options
  return async (collectionName, handle) => {
    for (let after = record.positions[collectionName]; ;) {
      signal.throwIfAborted()
      const last = await findBatchEnd(database, collectionName, after, maxBatchSize)
      if (last === undefined) return
      const changed = await handle({ _id: { ...(after !== undefined && { $gt: after }), $lte: last } })
      progress.changed += changed
      await records.savePosition(record, collectionName, last, changed)
      after = last
    }
  }
}
