import '../../packages/platform/sourceMaps'

import { resolve } from 'node:path'

import { subgraphs } from '../../schema/subgraphs'
import { isUnreachableError, openDatabase } from '../../packages/subgraph-kit/mongo'
import { parseFolderArgument, restoreUsage } from '../backup/args'
import { listCollections, readManifest, type Manifest } from '../backup/manifest'
import { CommandError, runCommand } from '../command'
import { readDataConfig, type DataConfig } from '../dataConfig'
import { errorMessage } from '../errorText'
import { openSystemEventLog, requestAllRebuilds } from '../eventLog'
import { migratedSubgraphs } from '../migrate/migratedSubgraphs'
import { openMongodb } from '../mongodb'
import { createIndexes, loadDocuments } from './loadBackup'
import {
  alignRolesWithRegistry,
  createUserIndexes,
  deleteOrphanedReplies,
  markCommentsUncounted,
} from './repairs'
import {
  findRunningConsumers,
  holdRestoreLease,
  openTargetDatabases,
  prepareTarget,
  removeMarkers,
  type TargetDatabases,
} from './target'
import { verifyFiles } from './verifyBackup'

/** `npm run restore`: restores a backup into an empty system. */
runCommand(restoreUsage, async (args) => {
  const startedAt = performance.now()
  const folder = parseFolderArgument(args)
  const config = readDataConfig()
  const manifest = await readManifest(folder)
  requireKnownMigrations(folder, manifest)
  await verifyFiles(folder, manifest, process.stderr)
  const server = await openMongodb(config, (line) => console.error(line))
  try {
    if (config.mongodbUri === undefined && !server.started)
      throw new CommandError(
        `A system or a command is running on the data directory ${resolve(config.dataDir)}. Stop it, or set DATA_DIR to a new directory.`,
      )
    await restore(server.uri, config, folder, manifest)
    console.log(
      `Restored the backup of ${manifest.startedAt} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s. Start the ` +
        'system: it rebuilds its projections at the start. All users have to sign in again.',
    )
    return 0
  } finally {
    await server.close()
  }
})

/** @throws CommandError when a newer version has migrated the data */
function requireKnownMigrations(folder: string, { databases, program }: Manifest): void {
  const unknown = subgraphs.flatMap(({ name }) => {
    const known = migratedSubgraphs[name].migrations.map((migration) => migration.name)
    return databases[name].migrations
      .filter((migration) => !known.includes(migration))
      .map((migration) => `${name}: ${migration}`)
  })
  if (unknown.length === 0) return
  throw new CommandError(
    `The backup in ${folder} is of a newer version of Agora (${program}), with migrations that this version does not know: ` +
      `${unknown.join(', ')}. Nothing was restored. Restore it with that version or a later one.`,
  )
}

async function restore(uri: string, config: DataConfig, folder: string, manifest: Manifest): Promise<void> {
  const connection = await openDatabase(uri, config.databases.users)
  try {
    const client = connection.getClient()
    const databases = openTargetDatabases(client, config.databases)
    const eventLogDatabase = client.db(config.eventLog.database)
    await holdRestoreLease(
      eventLogDatabase,
      (line) => console.error(line),
      async () => {
        const running = await findRunningConsumers(eventLogDatabase)
        if (running.length > 0)
          throw new CommandError(
            `Subgraphs are running on this server (${running.join(', ')}). Stop them, and run the command again.`,
          )
        await prepareTarget(databases, manifest, (line) => console.log(line))
        await loadDocuments(folder, manifest, databases)
        await createAllIndexes(databases, manifest)
        await alignRolesWithRegistry(databases.users)
        await deleteOrphanedReplies(databases.comments)
        await markCommentsUncounted(databases.comments)
        await requestRebuilds(uri, config)
        await removeMarkers(databases)
      },
    )
  } catch (error) {
    if (!isUnreachableError(error)) throw error
    throw new CommandError(`The database was lost: ${errorMessage(error)}. Run the command again.`)
  } finally {
    await connection.close()
  }
}

async function createAllIndexes(databases: TargetDatabases, manifest: Manifest): Promise<void> {
  for (const { subgraph, collection } of listCollections(manifest)) {
    const database = databases[subgraph]
    const create = () => createIndexes(database, collection)
    if (subgraph === 'users' && collection.name === 'users') await createUserIndexes(database, create)
    else await create()
  }
}

/**
 * Requests a rebuild of all projections. The consumers of the restored databases have no position and rebuild anyway;
 * those of other databases continue in a log that is kept on NATS.
 */
async function requestRebuilds(uri: string, config: DataConfig): Promise<void> {
  const eventLog = await openSystemEventLog(uri, config.eventLog)
  try {
    await requestAllRebuilds(eventLog)
  } finally {
    await eventLog.close()
  }
}
