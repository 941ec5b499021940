import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import { StartupError } from '../../platform'
import type { Log } from '../../platform/log'
import { watchFiles } from '../supergraph/fileWatcher'
import { parseManifest } from './manifest'
import { createTrustedDocuments, type TrustedDocuments } from './trustedDocuments'

/** Manifests that may change. */
interface ManifestFiles {
  /** The documents of all files, as they are at the start. */
  documents: TrustedDocuments
  /**
   * Hot-reloads the manifests when one of their files changes. A file that cannot be used is logged, and its previous
   * documents stay.
   *
   * @returns a function that stops watching, and resolves after a reload in progress
   */
  watch(options: WatchOptions): () => Promise<void>
}

interface WatchOptions {
  replaceTrustedDocuments(documents: TrustedDocuments): Promise<void>
  log: Log
}

interface ManifestFile {
  readonly file: string
  /** As it was read last. */
  text: string
  /** Of the last text that could be used. */
  documents: ReadonlyMap<string, string>
}

/** Reads the manifests of trusted documents. @throws StartupError for files that cannot be used */
export function readTrustedDocuments(files: readonly string[]): ManifestFiles {
  const manifests = files.map(readManifest)
  const joinDocuments = () => createTrustedDocuments(manifests.map(({ documents }) => documents))
  let documents: TrustedDocuments
  try {
    documents = joinDocuments()
  } catch (error) {
    throw new StartupError(`The manifests of TRUSTED_DOCUMENTS_FILE cannot be used: ${readMessage(error)}`)
  }

  async function reload({ replaceTrustedDocuments, log }: WatchOptions): Promise<void> {
    let hasChanged = false
    for (const manifest of manifests) {
      try {
        const text = await readFile(manifest.file, 'utf8')
        if (text === manifest.text) continue
        manifest.text = text
        manifest.documents = parseManifest(text)
        hasChanged = true
      } catch (error) {
        log.error(
          { file: manifest.file, reason: readMessage(error) },
          'A manifest of trusted documents cannot be used: its previous documents stay',
        )
      }
    }
    if (!hasChanged) return
    try {
      await replaceTrustedDocuments(joinDocuments())
      log.info('The manifests of trusted documents have changed and were reloaded')
    } catch (error) {
      log.error(
        { reason: readMessage(error) },
        'The manifests of trusted documents have changed but cannot be used: the previous documents stay',
      )
    }
  }

  return { documents, watch: (options) => watchFiles(files, () => reload(options)) }
}

function readManifest(file: string): ManifestFile {
  try {
    const text = readFileSync(file, 'utf8')
    return { file, text, documents: parseManifest(text) }
  } catch (error) {
    throw new StartupError(
      `The manifest ${file} (TRUSTED_DOCUMENTS_FILE) cannot be used: ${readMessage(error)}`,
    )
  }
}

const readMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error))
