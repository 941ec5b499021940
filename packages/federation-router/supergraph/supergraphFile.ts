import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'

import { StartupError } from '../../platform/lifecycle'
import type { Log } from '../../platform/log'

/** @throws StartError when there is no such file, or it cannot be read */
export function readSupergraphFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartupError(`The supergraph file (SUPERGRAPH_FILE) cannot be read: ${reason}`)
  }
}

export interface SupergraphWatchOptions {
  file: string
  /** What is served now, as text. */
  supergraph: string
  /** @throws for a supergraph that cannot be served */
  replaceSupergraph: (supergraph: string) => Promise<void>
  log: Log
}

const intervalMilliseconds = 250

/**
 * Serves the supergraph file anew whenever it has changed, within a second and the time that loading it takes. One that
 * cannot be used is logged, and the one before it stays.
 *
 * It looks at the file again and again: notifications do not come through symbolic links, bind mounts and network file
 * systems. A file is read once it has stayed the same between two looks, so that none is read while it is written.
 *
 * @returns ends it, once a change that is being made is done
 */
export function watchSupergraphFile({
  file,
  supergraph,
  replaceSupergraph,
  log,
}: SupergraphWatchOptions): () => Promise<void> {
  let phase: 'watching' | 'stopped' = 'watching'
  let seen: string | undefined
  let known = supergraph
  let isNew = true
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    const now = await stateOf(file)
    if (now !== seen) {
      seen = now
      isNew = true
    } else if (isNew) {
      isNew = false
      await read()
    }
  }

  async function read(): Promise<void> {
    try {
      const text = await readFile(file, 'utf8')
      if (text === known) return
      known = text
      await replaceSupergraph(text)
      log.info('The supergraph file has changed and is served anew')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.error({ reason }, 'The supergraph file has changed but is not served: the one before it stays')
    }
  }

  let turn = Promise.resolve()
  const again = () => {
    if (phase === 'stopped') return
    timer = setTimeout(() => {
      turn = look().finally(again)
    }, intervalMilliseconds)
    timer.unref()
  }
  again()
  return async () => {
    phase = 'stopped'
    clearTimeout(timer)
    await turn
  }
}

/** Something that changes whenever the file does. */
async function stateOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(file)
    return [dev, ino, size, mtimeMs].join(' ')
  } catch (error) {
    return String(error)
  }
}
