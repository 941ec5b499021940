import '../../packages/platform/sourceMaps'

import { StartupError } from '../../packages/platform'
import {
  isUnreachableError,
  openDatabase,
  requireCompleteRestore,
  requireDb,
  type Connection,
} from '../../packages/subgraph-kit/mongo'
import { inspectMigrations } from '../../packages/subgraph-kit/migrations'
import { CommandError, runCommand } from '../command'
import { readDataConfig, requireData, type DataConfig } from '../dataConfig'
import { errorMessage } from '../errorText'
import { createMigrationLog } from '../migrationLog'
import { openMongodb } from '../mongodb'
import { migrateUsage, parseMigrateArguments, type MigrateArguments } from './args'
import { migratedSubgraphs, type MigratedSubgraph } from './migratedSubgraphs'

const log = (line: string) => console.log(line)

/** `npm run migrate`: runs or lists the pending migrations of the subgraphs. */
runCommand(migrateUsage, async (args) => {
  const migrateArguments = parseMigrateArguments(args)
  const config = readDataConfig()
  requireData(config)
  const server = await openMongodb(config, (line) => console.error(line))
  try {
    return await migrateAll(migrateArguments, config, server.uri)
  } finally {
    await server.close()
  }
})

/** @returns the exit status */
async function migrateAll(
  { names, dryRun }: MigrateArguments,
  config: DataConfig,
  uri: string,
): Promise<number> {
  const failed: string[] = []
  for (const name of names) {
    const connection = await openDatabase(uri, config.databases[name])
    try {
      const subgraph = migratedSubgraphs[name]
      await requireCompleteRestore(connection)
      if (dryRun) await listPending(name, subgraph, connection)
      else await migrate(name, subgraph, connection)
    } catch (error) {
      if (isUnreachableError(error))
        throw new CommandError(
          `${name}: The database was lost: ${errorMessage(error)}. Run the command again: it continues where it was.`,
        )
      // The databases are independent: the others are nevertheless migrated.
      if (!(error instanceof StartupError)) throw error
      console.error(`${name}: ${error.message}`)
      failed.push(name)
    } finally {
      await connection.close()
    }
  }
  return failed.length === 0 ? 0 : 1
}

/** @throws StartupError when a newer version has migrated the database */
async function listPending(name: string, { migrations }: MigratedSubgraph, connection: Connection) {
  const database = requireDb(connection)
  const { pending, unknown } = await inspectMigrations(database, migrations)
  if (unknown.length > 0) throw createNewerError(database.databaseName, unknown)
  if (pending.length === 0) log(`${name}: up to date.`)
  for (const migration of pending) {
    const count = await migration.countPending?.(database)
    const size = count === undefined ? 'no documents' : `${count} documents`
    log(`${name}: ${migration.name} is pending, ${size}. ${migration.description}`)
  }
}

/** @throws StartupError when a migration fails, or a newer version has migrated the database */
async function migrate(name: string, { migrations, prepare }: MigratedSubgraph, connection: Connection) {
  const database = requireDb(connection)
  const { unknown } = await inspectMigrations(database, migrations)
  if (unknown.length > 0) throw createNewerError(database.databaseName, unknown)
  await prepare(
    connection,
    createMigrationLog((line) => log(`${name}: ${line}`), { level: 'info' }),
  )
  log(`${name}: up to date.`)
}

const createNewerError = (databaseName: string, unknown: readonly string[]) =>
  new StartupError(
    `A newer version has migrated the database ${databaseName} (${unknown.join(', ')}). Nothing was changed. ` +
      'Run the command of that version.',
  )
