import '../../packages/platform/sourceMaps'

import { mkdir, readdir } from 'node:fs/promises'

import { subgraphs } from '../../schema/subgraphs'
import { isUnreachableError, openDatabase, requireCompleteRestore } from '../../packages/subgraph-kit/mongo'
import { CommandError, runCommand } from '../command'
import { readDataConfig, requireData, type DataConfig } from '../dataConfig'
import { errorCode, errorMessage } from '../errorText'
import { openSystemEventLog } from '../eventLog'
import { openMongodb } from '../mongodb'
import { createProgressBar } from '../progressBar'
import { backupUsage, parseFolderArgument } from './args'
import { copySystem, estimateDocuments, listSourceDatabases, type SourceDatabase } from './copySystem'
import { toWriteError } from './dumpFile'
import { listCollections, readProgramVersion, writeManifest, type Manifest } from './manifest'

/** `npm run backup`: copies the data of a system to a folder. */
runCommand(backupUsage, async (args) => {
  const startedAt = performance.now()
  const folder = parseFolderArgument(args)
  const config = readDataConfig()
  requireData(config)
  await requireEmptyFolder(folder)
  const server = await openMongodb(config, (line) => console.error(line))
  try {
    const databases = await backUp(server.uri, config, folder)
    const collections = listCollections({ databases })
    const sum = (field: 'documents' | 'bytes') =>
      collections.reduce((total, { collection }) => total + collection[field], 0)
    console.log(
      `Backed up ${sum('documents').toLocaleString('en')} documents to ${folder} (${(sum('bytes') / 1e6).toFixed(1)} MB) ` +
        `in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`,
    )
    return 0
  } finally {
    await server.close()
  }
})

/** @throws CommandError when the folder has content, or is no folder */
async function requireEmptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw new CommandError(`${folder} cannot be used: ${errorMessage(error)}. Name another folder.`)
  })
  if (names.length > 0)
    throw new CommandError(
      `${folder} is not empty. Name a new folder, for example with the date, or remove it if it is a backup that was interrupted (without manifest.json).`,
    )
}

async function backUp(
  uri: string,
  { databases: names, eventLog }: DataConfig,
  folder: string,
): Promise<Manifest['databases']> {
  const connection = await openDatabase(uri, names.users)
  try {
    const startedAt = new Date().toISOString()
    const sources = await listSourceDatabases(connection.getClient(), names)
    requireAllDatabases(sources)
    for (const name of Object.values<string>({ ...names }))
      await requireCompleteRestore(connection.useDb(name))
    const positions = await readPositions(uri, eventLog)
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw new CommandError(`${folder} cannot be created: ${errorMessage(error)}. Name another folder.`)
    })
    const progress = createProgressBar(
      await estimateDocuments(sources),
      (rate) => `${Math.round(rate).toLocaleString('en')} documents/s`,
      process.stderr,
    )
    const databases = await copySystem(sources, folder, progress).finally(() => progress.end())
    const completedAt = new Date().toISOString()
    const program = readProgramVersion()
    await writeManifest(folder, { program, startedAt, completedAt, eventLog: positions, databases }).catch(
      (error: unknown) => {
        throw toWriteError(folder, error)
      },
    )
    return databases
  } catch (error) {
    if (!isUnreachableError(error)) throw error
    throw new CommandError(
      `The database was lost: ${errorMessage(error)}. The backup is incomplete: remove ${folder}, and run the command again.`,
    )
  } finally {
    await connection.close()
  }
}

/** Prevents that a wrong setting leads to a backup without data. @throws CommandError */
function requireAllDatabases(sources: readonly SourceDatabase[]): void {
  const missing = sources.filter(({ collections }) => collections.length === 0)
  if (missing.length === 0) return
  const names = missing.map(({ database }) => database.databaseName).join(', ')
  throw new CommandError(
    `There is no data in ${names}. Set MONGODB_URI or DATA_DIR, and USERS_MONGODB_DATABASE to COMMENTS_MONGODB_DATABASE if they differ, as for the system.`,
  )
}

/** Returns the position of the newest event of each topic; null when the event log does not respond. */
async function readPositions(
  uri: string,
  location: DataConfig['eventLog'],
): Promise<Record<string, string> | null> {
  try {
    const eventLog = await openSystemEventLog(uri, location)
    try {
      const positions: Record<string, string> = {}
      for (const { name } of subgraphs) positions[name] = await eventLog.readNewestPosition(name)
      return positions
    } finally {
      await eventLog.close()
    }
  } catch (error) {
    // The data is complete without it.
    console.error(`The backup does not name the positions of the event log: ${errorMessage(error)}`)
    return null
  }
}
