import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import mongoose, { type Connection } from 'mongoose'
import { gunzipSync } from 'node:zlib'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { openDatabase } from '../../packages/subgraph-kit/mongo/database'

interface DumpedCollection {
  name: string
  options: mongoose.mongo.CreateCollectionOptions
  /** Without that of `_id`. */
  indexes: mongoose.mongo.IndexDescription[]
  documents: mongoose.mongo.BSON.Document[]
}

/** An operation, and the response of the system of the dump. */
export interface RecordedOperation {
  title: string
  document: string
  variables?: Record<string, unknown>
  /** The handle of the viewer; anonymous by default. */
  as?: string
  data: unknown
}

/** The databases of a system of an earlier version, and the responses of its API. */
export interface SystemDump {
  commit: string
  people: Record<string, { id: string; email: string; password: string }>
  /** The collections of each database. */
  databases: Record<string, DumpedCollection[]>
  operations: RecordedOperation[]
}

/** Reads a dump from `tests/fixtures/upgrade`; its README says how it was recorded. */
export function readSystemDump(file: string): SystemDump {
  const compressed = readFileSync(join(projectRoot, 'tests', 'fixtures', 'upgrade', file))
  const dump = JSON.parse(gunzipSync(compressed).toString()) as SystemDump
  return {
    ...dump,
    databases: mongoose.mongo.BSON.EJSON.deserialize(dump.databases) as SystemDump['databases'],
  }
}

/** Creates the collections, indexes and documents of a dump on a server without them. */
export async function loadSystemDump(uri: string, { databases }: SystemDump): Promise<void> {
  for (const [name, collections] of Object.entries(databases)) {
    const connection = await openDatabase(uri, name)
    try {
      for (const collection of collections) await loadCollection(connection, collection)
    } finally {
      await connection.close()
    }
  }
}

async function loadCollection(
  connection: Connection,
  { name, options, indexes, documents }: DumpedCollection,
): Promise<void> {
  const collection = await connection.createCollection(name, options)
  if (documents.length > 0) await collection.insertMany(documents)
  for (const { key, ...rest } of indexes) await collection.createIndex(key, rest)
}
