import { statfsSync } from 'node:fs'

/** The smallest free space with which the engine starts and builds an index. A start itself writes some 20 MB. */
export const minFreeMb = 100

/** How the host process has ended. */
interface ProcessEnd {
  readonly exitCode: number | null
  readonly signalCode: NodeJS.Signals | null
}

/** Returns a message when the disk of a folder has too little space for the engine. */
export function describeLowSpace(folder: string): string | undefined {
  const freeMb = readFreeMb(folder)
  if (freeMb >= minFreeMb) return undefined
  return (
    `The disk of ${folder} is full: it has ${freeMb} MB free, and the embedded database needs at least ${minFreeMb} MB. ` +
    'Free some space, or set DATA_DIR to a directory on another disk.'
  )
}

/**
 * Explains why the engine has ended its process, which it does without a message: WiredTiger aborts (SIGABRT), and MongoDB
 * exits with status 14, when a file cannot be written or is damaged. The journal recovers acknowledged writes at the next
 * start.
 *
 * @returns undefined for any other end
 */
export function explainEngineEnd(folder: string, { exitCode, signalCode }: ProcessEnd): string | undefined {
  if (signalCode !== 'SIGABRT' && exitCode !== 14) return undefined
  return (
    describeLowSpace(folder) ??
    `The embedded database cannot use its files in ${folder}: they are damaged, or another program has changed them. ` +
      'Restore a backup of the directory, or move it away to start with an empty database.'
  )
}

export function readFreeMb(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return Math.floor((bavail * bsize) / 1_000_000)
}
