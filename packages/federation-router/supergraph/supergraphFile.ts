import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import { StartupError } from '../../platform'
import type { Log } from '../../platform/log'
import { watchFiles } from './fileWatcher'

/** Reads a supergraph file. @throws StartupError for a file that cannot be read */
export function readSupergraphFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartupError(`The supergraph file (SUPERGRAPH_FILE) cannot be read: ${reason}`)
  }
}

interface SupergraphWatchOptions {
  file: string
  /** The SDL that is served now. */
  supergraph: string
  /** @throws for a supergraph that cannot be served */
  replaceSupergraph(supergraph: string): Promise<void>
  log: Log
}

/**
 * Hot-reloads the supergraph when its file changes, within a second and the time of loading it. A supergraph that cannot be
 * used is logged, and the previous one stays.
 *
 * @returns a function that stops watching, and resolves after a reload in progress
 */
export function watchSupergraphFile({
  file,
  supergraph,
  replaceSupergraph,
  log,
}: SupergraphWatchOptions): () => Promise<void> {
  let served = supergraph
  return watchFiles([file], async () => {
    try {
      const text = await readFile(file, 'utf8')
      if (text === served) return
      served = text
      await replaceSupergraph(text)
      log.info('The supergraph file has changed and was reloaded')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.error(
        { reason },
        'The supergraph file has changed but is not served: the previous supergraph stays',
      )
    }
  })
}
