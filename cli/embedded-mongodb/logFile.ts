import { appendFileSync, renameSync, statSync } from 'node:fs'

/** Half of the space that a log file and its predecessor occupy. */
const maxBytes = 1_000_000

/**
 * Creates a function that appends a line with the current time to a file, readable by its owner only. A file that has
 * reached 1 MB is renamed to `<file>.1` first, and replaces the previous one.
 */
export function createLogFile(file: string): (line: string) => void {
  return (line) => {
    try {
      if (readSize(file) >= maxBytes) renameSync(file, `${file}.1`)
      appendFileSync(file, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 })
    } catch {
      // A full disk must not end the process that reports it.
    }
  }
}

const readSize = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
