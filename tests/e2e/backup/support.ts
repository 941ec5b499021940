import { join } from 'node:path'
import type { Connection } from 'mongoose'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { subgraphs } from '../../../schema/subgraphs'
import {
  openImportDatabases,
  runImportInProcess,
  runNode,
  type CommandResult,
  type ImportDatabases,
} from '../../support/imports'
import { createTestWorkspace } from '../../support/processes'

/** A backup of imported communities, and the databases that it was made of. */
export interface ImportedBackup {
  databases: ImportDatabases
  folder: string
  workspace: ReturnType<typeof createTestWorkspace>
  /** The data that a restore must reproduce. */
  contents: Awaited<ReturnType<ImportDatabases['contents']>>
  indexes: Awaited<ReturnType<typeof readIndexes>>
  backUp(folder: string, environment?: NodeJS.ProcessEnv): Promise<CommandResult>
  restore(folder?: string, environment?: NodeJS.ProcessEnv): Promise<CommandResult>
  close(): Promise<void>
}

export async function createImportedBackup(): Promise<ImportedBackup> {
  const workspace = createTestWorkspace()
  const databases = await openImportDatabases()
  for (const format of ['stackexchange', 'meetup'] as const)
    await runImportInProcess(databases, {
      format,
      folder: join(projectRoot, 'tests', 'fixtures', 'import', format),
    })
  // An import creates it without documents, and a backup does not contain it.
  await databases.connection('users').dropCollection('sessions')
  const folder = join(workspace.folder(), 'backup')
  const ended = await runBackupCommand('backup', folder, databases.environment)
  if (ended.code !== 0) throw new Error(ended.stderr)
  // A backup has no counts of comments, so that a restore marks all comments as not counted.
  await databases.connection('comments').dropCollection('comment_counts')
  await databases
    .connection('comments')
    .collection('comments')
    .updateMany({}, [{ $unset: 'counted' }, { $set: { uncountedIn: '$postId' } }])
  return {
    databases,
    folder,
    workspace,
    contents: await databases.contents(),
    indexes: await readIndexes(databases),
    backUp: (target, environment = databases.environment) => runBackupCommand('backup', target, environment),
    restore: (source = folder, environment = databases.environment) =>
      runBackupCommand('restore', source, environment),
    async close() {
      await databases.close()
      await workspace.cleanUp()
    },
  }
}

/** Runs `npm run backup` or `npm run restore` without npm. */
export const runBackupCommand = (
  command: 'backup' | 'restore',
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<CommandResult> => runNode([join('dist', 'cli', command, 'index.js'), folder], environment)

/** Drops everything, also collections and indexes. */
export async function dropDatabases({ connection }: ImportDatabases): Promise<void> {
  for (const { name } of subgraphs) await connection(name).dropDatabase()
}

/** Returns the definitions of all indexes, by collection. */
export async function readIndexes({ connection }: ImportDatabases): Promise<Record<string, object[]>> {
  const indexes: Record<string, object[]> = {}
  for (const { name } of subgraphs)
    for (const collection of await listCollections(connection(name)))
      indexes[`${name}.${collection.collectionName}`] = await collection.indexes()
  return indexes
}

async function listCollections({ db }: Connection) {
  const collections = (await db?.collections()) ?? []
  // Leases are not part of a backup.
  const included = collections.filter(({ collectionName }) => collectionName !== 'leases')
  return included.sort((one, other) => one.collectionName.localeCompare(other.collectionName))
}
