import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'

import { StartupError } from '../../platform'
import type { Log } from '../../platform/log'

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

const pollIntervalMs = 250

/**
 * Hot-reloads the supergraph when its file changes, within a second and the time of loading it. A supergraph that cannot be
 * used is logged, and the previous one stays.
 *
 * The file is polled, since notifications of changes do not pass symbolic links, bind mounts and network file systems. It is
 * read when it is the same in two polls, and so not while it is being written.
 *
 * @returns a function that stops watching, and resolves after a reload in progress
 */
export function watchSupergraphFile({
  file,
  supergraph,
  replaceSupergraph,
  log,
}: SupergraphWatchOptions): () => Promise<void> {
  let phase: 'watching' | 'stopped' = 'watching'
  let fileState: string | undefined
  let served = supergraph
  let hasChanged = true
  let timer: NodeJS.Timeout | undefined

  async function poll(): Promise<void> {
    const now = await readFileState(file)
    if (now !== fileState) {
      fileState = now
      hasChanged = true
    } else if (hasChanged) {
      hasChanged = false
      await reload()
    }
  }

  async function reload(): Promise<void> {
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
  }

  let pending = Promise.resolve()
  const schedulePoll = () => {
    if (phase === 'stopped') return
    timer = setTimeout(() => {
      pending = poll().finally(schedulePoll)
    }, pollIntervalMs)
    timer.unref()
  }
  schedulePoll()
  return async () => {
    phase = 'stopped'
    clearTimeout(timer)
    await pending
  }
}

/** Returns a text that changes with the file. */
async function readFileState(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(file)
    return [dev, ino, size, mtimeMs].join(' ')
  } catch (error) {
    return String(error)
  }
}
