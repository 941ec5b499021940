import { readFileSync } from 'node:fs'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { z } from 'zod'

import { projectRoot } from '../../packages/platform'
import { subgraphs, type SubgraphName } from '../../schema/subgraphs'
import { CommandError } from '../command'
import { errorCode, errorMessage } from '../errorText'

const { EJSON } = mongoose.mongo.BSON

/** The version of the folder's format. A restore reads this one only. */
const formatVersion = 1

/** The only file of a backup that is written last: a folder without it is no complete backup. */
const manifestName = 'manifest.json'

/** Far more than one of thousands of collections needs. */
const maxManifestBytes = 16 * 1024 * 1024

// Printed to a terminal.
const printable = z.string().regex(/^[\x20-\x7e]*$/, 'must not contain control characters')

const collectionSchema = z.object({
  name: z.string(),
  /** Relative to the folder. */
  file: z.string().regex(/^\w+\/[\w.-]+$/),
  /** In the file. A document that changed during the backup can be contained several times; the last one counts. */
  documents: z.int().min(0),
  /** The size of the file. */
  bytes: z.int().min(0),
  /** Of the file, as hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The options of the collection, as Extended JSON. */
  options: z.record(z.string(), z.unknown()),
  /** The definitions of its indexes, except that of `_id`, as Extended JSON. */
  indexes: z.array(z.record(z.string(), z.unknown())),
})

const databaseSchema = z.object({
  /** The name of the database that was backed up. */
  name: z.string(),
  /** The names of the migrations that are recorded in it. */
  migrations: z.array(printable),
  collections: z.array(collectionSchema),
})

const manifestSchema = z.object({
  format: z.literal(formatVersion),
  /** The version of the program that wrote it. */
  program: printable,
  startedAt: z.iso.datetime(),
  completedAt: z.iso.datetime(),
  /**
   * The position of the newest event of each topic when the backup began; null when the event log did not respond. For
   * the operator: the log is not part of the backup.
   */
  eventLog: z.record(z.string(), z.string()).nullable(),
  databases: z.record(z.enum(subgraphs.map(({ name }) => name)), databaseSchema),
})

export type Manifest = z.infer<typeof manifestSchema>
export type CollectionBackup = z.infer<typeof collectionSchema>
export type DatabaseBackup = z.infer<typeof databaseSchema>

/** Returns the version of this program. */
export function readProgramVersion(): string {
  const text = readFileSync(join(projectRoot, 'package.json'), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}

/** Converts a definition of the database, which may contain dates, to JSON and back. */
export const toExtendedJson = (definition: object): Record<string, unknown> => EJSON.serialize(definition)
export const fromExtendedJson = (json: Record<string, unknown>): mongoose.mongo.BSON.Document =>
  EJSON.deserialize(json)

/** Completes a backup: writes its manifest to a temporary name, and renames it when it is on disk. */
export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<void> {
  const path = join(folder, manifestName)
  const draft = `${path}.partial`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ format: formatVersion, ...manifest }, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncFolder(folder)
}

/** Makes the entries of a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** @throws CommandError when the folder contains no complete backup that this version can read */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName)
  const json = parseManifest(path, await readManifestText(folder, path))
  const header = z.object({ format: z.number(), program: printable }).safeParse(json)
  if (header.success && header.data.format > formatVersion)
    throw new CommandError(
      `The backup in ${folder} has the format ${header.data.format}, of version ${header.data.program} of Agora; this is version ` +
        `${readProgramVersion()}, which reads format ${formatVersion}. Restore it with version ${header.data.program} or a later one.`,
    )
  const manifest = manifestSchema.safeParse(json)
  if (!manifest.success) throw damagedManifest(path, z.prettifyError(manifest.error))
  return manifest.data
}

/**
 * Returns the size of a file. Anything else, such as a named pipe, would never end or never begin.
 * @throws Error when it is missing or no regular file
 */
export async function readFileSize(path: string): Promise<number> {
  const stats = await stat(path)
  if (!stats.isFile()) throw new Error('it is no regular file')
  return stats.size
}

async function readManifestText(folder: string, path: string): Promise<string> {
  try {
    const size = await readFileSize(path)
    if (size > maxManifestBytes) throw new Error(`it has ${size} bytes`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR')
      throw new CommandError(
        `${folder} is no complete backup: it has no ${manifestName}, which a backup writes last. Name the folder of a complete one.`,
      )
    throw new CommandError(`${path} cannot be read: ${errorMessage(error)}.`)
  }
}

function parseManifest(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw damagedManifest(path, errorMessage(error))
  }
}

const damagedManifest = (path: string, reason: string): CommandError =>
  new CommandError(`${path} is damaged: ${reason}\nNothing was restored. Use another copy of the backup.`)

/** Returns the collections of a backup, with their subgraphs. */
export function listCollections(
  manifest: Pick<Manifest, 'databases'>,
): { subgraph: SubgraphName; collection: CollectionBackup }[] {
  return subgraphs.flatMap(({ name: subgraph }) =>
    manifest.databases[subgraph].collections.map((collection) => ({ subgraph, collection })),
  )
}
