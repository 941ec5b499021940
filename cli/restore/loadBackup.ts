import { join } from 'node:path'

import mongoose, { type mongo } from 'mongoose'

import { readBulkDuplicates } from '../../packages/event-log/mongo'
import { damagedFile, readDump } from '../backup/dumpFile'
import { fromExtendedJson, listCollections, type CollectionBackup, type Manifest } from '../backup/manifest'
import { errorMessage } from '../errorText'
import { createProgressBar, formatByteRate } from '../progressBar'
import type { TargetDatabases } from './target'

const { deserialize, EJSON } = mongoose.mongo.BSON
// Keeps the types of numbers: 1.0 stays a double.
const exactTypes = { promoteValues: false, promoteBuffers: false } as const
const maxBatchDocuments = 1000

/** Writes all documents of a backup into empty databases, without indexes. */
export async function loadDocuments(
  folder: string,
  manifest: Manifest,
  databases: TargetDatabases,
): Promise<void> {
  const collections = listCollections(manifest)
  const totalBytes = collections.reduce((sum, { collection }) => sum + collection.bytes, 0)
  const progress = createProgressBar(totalBytes, formatByteRate, process.stderr)
  let bytesRead = 0
  try {
    for (const { subgraph, collection } of collections) {
      const database = databases[subgraph]
      progress.startStep(`restoring ${database.databaseName}.${collection.name}`, bytesRead)
      await database.createCollection(collection.name, fromExtendedJson(collection.options))
      const target = database.collection(collection.name)
      const onRead = (bytes: number) => progress.update((bytesRead += bytes))
      for await (const documents of readDump(folder, collection, onRead))
        for (let start = 0; start < documents.length; start += maxBatchDocuments)
          await writeDocuments(
            target,
            documents
              .slice(start, start + maxBatchDocuments)
              .map((raw) => parseDocument(folder, collection, raw)),
          )
    }
  } finally {
    progress.end()
  }
}

/** @throws CommandError for a document that is not valid BSON, although the file has the checksum of the manifest */
function parseDocument(folder: string, { file }: CollectionBackup, raw: Uint8Array): mongo.Document {
  try {
    return deserialize(raw, exactTypes)
  } catch (error) {
    throw damagedFile(join(folder, file), `a document is not valid BSON (${errorMessage(error)})`)
  }
}

/** Inserts documents, and replaces those that are there: of several copies of a document the last one counts. */
async function writeDocuments(target: mongo.Collection, copies: readonly mongo.Document[]): Promise<void> {
  const byId = new Map<string, mongo.Document>()
  for (const document of copies) byId.set(EJSON.stringify(document['_id']), document)
  const documents = [...byId.values()]
  try {
    await target.insertMany(documents, { ordered: false })
  } catch (error) {
    const replacements = readBulkDuplicates(error).duplicates.flatMap((index) => documents[index] ?? [])
    await target.bulkWrite(
      replacements.map((replacement) => ({
        replaceOne: { filter: { _id: replacement['_id'] }, replacement },
      })),
      { ordered: false },
    )
  }
}

/** Creates the indexes of a collection as they were when it was backed up. */
export async function createIndexes(database: mongo.Db, { name, indexes }: CollectionBackup): Promise<void> {
  if (indexes.length === 0) return
  await database.command({ createIndexes: name, indexes: indexes.map(fromExtendedJson) })
}
