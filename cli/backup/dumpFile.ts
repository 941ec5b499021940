import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'

import { CommandError } from '../command'
import { errorCode, errorMessage } from '../errorText'
import { readFileSize, type CollectionBackup } from './manifest'

/** A file with the documents of one collection: BSON documents one after the other, compressed with gzip. */
export interface DumpWriter {
  /** Appends a document. Resolves when the next one may be written. */
  write(document: Uint8Array): Promise<void>
  /** Resolves when the file is complete and on disk. */
  end(): Promise<DumpSummary>
  /** Closes the file, which stays incomplete. */
  abort(): Promise<void>
}

/** The part of the manifest that a writer knows. */
type DumpSummary = Pick<CollectionBackup, 'file' | 'documents' | 'bytes' | 'sha256'>

const writeBytes = 256 * 1024
// Twice as fast as the default level, for files that are a tenth larger.
const compression = { level: 3, chunkSize: writeBytes }
// The maximum of MongoDB, 16 MiB, and room for its own fields.
const maxDocumentBytes = 16 * 1024 * 1024 + 16 * 1024

/**
 * Creates the file of a collection.
 *
 * @param file relative to the folder
 */
export function createDumpWriter(folder: string, file: string): DumpWriter {
  const path = join(folder, file)
  const gzip = createGzip(compression)
  const digest = createHash('sha256')
  const closing = new AbortController()
  let documents = 0
  let bytes = 0
  let buffered: Uint8Array[] = []
  let bufferedBytes = 0

  const written = pipeline(
    gzip,
    async function* countAndHash(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        digest.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
    { signal: closing.signal },
  ).catch((error: unknown) => {
    throw toWriteError(path, error)
  })
  // Awaited by `flush` and `end`; until then, its rejection must not be unhandled.
  written.catch(() => undefined)

  async function flush(): Promise<void> {
    const chunk = Buffer.concat(buffered)
    buffered = []
    bufferedBytes = 0
    if (!gzip.write(chunk)) await Promise.race([once(gzip, 'drain'), written])
  }

  return {
    async write(document) {
      documents++
      buffered.push(document)
      bufferedBytes += document.length
      if (bufferedBytes >= writeBytes) await flush()
    },
    async end() {
      await flush()
      gzip.end()
      await written
      return { file, documents, bytes, sha256: digest.digest('hex') }
    },
    async abort() {
      closing.abort()
      await written.catch(() => undefined)
    },
  }
}

/** Converts an error of the file system to one that names the remedy. */
export function toWriteError(path: string, error: unknown): CommandError {
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errorCode(error) ?? '')
  return new CommandError(
    `${path} cannot be written: ${errorMessage(error)}. The backup is incomplete: remove its folder, ` +
      `${isFull ? 'free space' : 'make the folder writable'} or name another one, and run the command again.`,
  )
}

/** The part of {@link CollectionBackup} by which a file is read and verified. */
type DumpEntry = Pick<CollectionBackup, 'file' | 'documents' | 'bytes' | 'sha256'>

/**
 * Yields the documents of a file, in batches, and verifies the file on the way.
 *
 * @param onRead called with the number of bytes of each read
 * @throws CommandError when it is missing or differs from its entry, at its end at the latest
 */
export async function* readDump(
  folder: string,
  entry: DumpEntry,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array[]> {
  const path = join(folder, entry.file)
  const digest = createHash('sha256')
  let documents = 0
  await requireSize(path, entry.bytes)
  const gunzip = createGunzip({ chunkSize: writeBytes })
  const decompressed = pipeline(
    createReadStream(path, { highWaterMark: writeBytes }),
    async function* hash(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        digest.update(chunk)
        onRead(chunk.length)
        yield chunk
      }
    },
    gunzip,
  )
  decompressed.catch(() => undefined)
  try {
    for await (const batch of splitDocuments(gunzip)) {
      documents += batch.length
      yield batch
    }
    await decompressed
  } catch (error) {
    throw damagedFile(path, errorMessage(error))
  } finally {
    gunzip.destroy()
  }
  if (digest.digest('hex') !== entry.sha256) throw damagedFile(path, 'its SHA-256 checksum differs')
  if (documents !== entry.documents)
    throw damagedFile(path, `it contains ${documents} documents instead of ${entry.documents}`)
}

async function requireSize(path: string, bytes: number): Promise<void> {
  const size = await readFileSize(path).catch((error: unknown) => {
    throw damagedFile(path, errorCode(error) === 'ENOENT' ? 'the file is missing' : errorMessage(error))
  })
  if (size !== bytes) throw damagedFile(path, `it has ${size} bytes instead of ${bytes}`)
}

/** Creates the error of a file that cannot be restored. */
export const damagedFile = (path: string, reason: string): CommandError =>
  new CommandError(`${path} is damaged: ${reason}. Use another copy of the backup.`)

/** Splits a stream at the length that each document begins with. */
async function* splitDocuments(chunks: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array[]> {
  let pending: Buffer[] = []
  let pendingBytes = 0
  let neededBytes = 4
  for await (const chunk of chunks) {
    pending.push(chunk)
    pendingBytes += chunk.length
    // Concatenates only when the next document is complete, so that a large one is not copied for each chunk.
    if (pendingBytes < neededBytes) continue
    const buffer = pending.length === 1 ? chunk : Buffer.concat(pending)
    const documents: Uint8Array[] = []
    let start = 0
    for (neededBytes = 4; start + neededBytes <= buffer.length; neededBytes = 4) {
      const length = buffer.readInt32LE(start)
      if (length < 5 || length > maxDocumentBytes) throw new Error(`a document has ${length} bytes`)
      neededBytes = length
      if (start + length > buffer.length) break
      documents.push(buffer.subarray(start, start + length))
      start += length
    }
    if (documents.length > 0) yield documents
    const rest = buffer.subarray(start)
    pending = rest.length > 0 ? [rest] : []
    pendingBytes = rest.length
  }
  if (pendingBytes > 0) throw new Error('its last document is incomplete')
}
