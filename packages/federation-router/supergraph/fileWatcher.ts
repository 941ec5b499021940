import { stat } from 'node:fs/promises'

const pollIntervalMs = 250

/**
 * Calls a function within a second after one of the files has changed, and once at the beginning.
 *
 * The files are polled, since notifications of changes do not pass symbolic links, bind mounts and network file systems. A
 * change counts when the files are the same in two polls, and so not while they are being written.
 *
 * @param handleChange must not reject
 * @returns a function that stops watching, and resolves after a call in progress
 */
export function watchFiles(files: readonly string[], handleChange: () => Promise<void>): () => Promise<void> {
  let phase: 'watching' | 'stopped' = 'watching'
  let state: string | undefined
  let hasChanged = true
  let timer: NodeJS.Timeout | undefined

  async function poll(): Promise<void> {
    const now = (await Promise.all(files.map(readFileState))).join('\n')
    if (now !== state) {
      state = now
      hasChanged = true
    } else if (hasChanged) {
      hasChanged = false
      await handleChange()
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
