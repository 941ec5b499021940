import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { mongo } from 'mongoose'
import type { SubgraphName } from '../../schema/subgraphs'
import { maxBatchSize } from '../../packages/platform'
import type { DatabaseNames } from '../dataConfig'
import type { ProgressBar } from '../progressBar'
import {
  copyOrder,
  getExcludedFields,
  listSourceCollections,
  migrationsCollection,
  type SourceCollection,
} from './collections'
import { copyEvents } from './copyEvents'
import { createDumpWriter, toWriteError, type DumpWriter } from './dumpFile'
import { syncFolder, toExtendedJson, type DatabaseBackup, type Manifest } from './manifest'

/** A database of the system that is backed up. */
export interface SourceDatabase {
  subgraph: SubgraphName
  database: mongo.Db
  collections: readonly SourceCollection[]
}

/** Opens the databases of a system, in the order in which they are copied. */
export async function listSourceDatabases(
  client: mongo.MongoClient,
  names: DatabaseNames,
): Promise<SourceDatabase[]> {
  return Promise.all(
    copyOrder.map(async (subgraph) => {
      const database = client.db(names[subgraph])
      return { subgraph, database, collections: await listSourceCollections(database) }
    }),
  )
}

/** Returns how many documents the databases contain, approximately. */
export async function estimateDocuments(sources: readonly SourceDatabase[]): Promise<number> {
  const counts = await Promise.all(
    sources.flatMap(({ database, collections }) =>
      collections.map(({ name }) => database.collection(name).estimatedDocumentCount()),
    ),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/**
 * Copies databases to a folder, one after the other.
 *
 * @returns the entries of the manifest
 * @throws CommandError when a file cannot be written
 */
export async function copySystem(
  sources: readonly SourceDatabase[],
  folder: string,
  progress: ProgressBar,
): Promise<Manifest['databases']> {
  const copied: Partial<Manifest['databases']> = {}
  let documents = 0
  const onCopied = () => progress.update(++documents)
  for (const source of sources) {
    const subfolder = join(folder, source.subgraph)
    await mkdir(subfolder, { mode: 0o700 }).catch((error: unknown) => {
      throw toWriteError(subfolder, error)
    })
    progress.startStep(source.database.databaseName, documents)
    copied[source.subgraph] = await copyDatabase(source, folder, onCopied)
    await syncFolder(subfolder)
  }
  await syncFolder(folder)
  return copied as Manifest['databases']
}

async function copyDatabase(
  { subgraph, database, collections }: SourceDatabase,
  folder: string,
  onCopied: () => void,
): Promise<DatabaseBackup> {
  const migrations = await readMigrations(database, collections)
  const writers = new Map<string, DumpWriter>()
  const openWriter = (name: string): DumpWriter => {
    const writer = createDumpWriter(folder, `${subgraph}/${name}.bson.gz`)
    writers.set(name, writer)
    return writer
  }
  try {
    const entries: DatabaseBackup['collections'] = []
    const finish = async ({ name, options, indexes }: SourceCollection) => {
      const summary = await writers.get(name)?.end()
      if (!summary) throw new Error(`The collection ${name} was not copied.`)
      entries.push({
        name,
        ...summary,
        options: toExtendedJson(options),
        indexes: indexes.map(toExtendedJson),
      })
    }
    const isEventCollection = ({ name }: SourceCollection) =>
      subgraph === 'events' && (name === 'events' || name === 'registrations')
    const eventCollections = collections.filter(isEventCollection)
    for (const collection of collections.filter((each) => !isEventCollection(each))) {
      await copyCollection(database, collection.name, subgraph, openWriter(collection.name), onCopied)
      await finish(collection)
    }
    if (eventCollections.length === 2) {
      const [events, registrations] = [openWriter('events'), openWriter('registrations')]
      await copyEvents({ database, events, registrations, onCopied })
      for (const collection of eventCollections) await finish(collection)
    }
    return { name: database.databaseName, migrations, collections: entries }
  } catch (error) {
    for (const writer of writers.values()) await writer.abort()
    throw error
  }
}

/** Copies a collection in the order of IDs, so that of two documents the one with the greater ID was read later. */
async function copyCollection(
  database: mongo.Db,
  name: string,
  subgraph: SubgraphName,
  writer: DumpWriter,
  onCopied: () => void,
): Promise<void> {
  const documents = database
    .collection(name)
    .find({}, { raw: true, projection: getExcludedFields(subgraph, name) })
    .sort({ _id: 1 })
    // Batches of 16 MB, the default, would need several times as much memory.
    .batchSize(maxBatchSize)
  for await (const raw of documents) {
    await writer.write(raw as unknown as Uint8Array)
    onCopied()
  }
}

async function readMigrations(
  database: mongo.Db,
  collections: readonly SourceCollection[],
): Promise<string[]> {
  if (!collections.some(({ name }) => name === migrationsCollection)) return []
  const found = await database.collection<{ _id: string }>(migrationsCollection).find().toArray()
  return found.map(({ _id }) => _id).sort()
}
