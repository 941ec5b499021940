import { statSync } from 'node:fs'
import { basename } from 'node:path'

import { createProgressBar, formatByteRate } from '../progressBar'

/** Displays the progress of an import. */
export interface ImportProgress {
  /** Starts a pass through a file. */
  startPass(file: string, passLabel: string): void
  /** @param bytesRead of the current file */
  update(bytesRead: number): void
  /** Prints a line without disturbing the bar. */
  print(line: string): void
  end(): void
}

/**
 * Displays the progress of an import through its files.
 *
 * @param files the file of each pass; a file that is read twice is listed twice
 */
export function createImportProgress(files: readonly string[], output: NodeJS.WriteStream): ImportProgress {
  const totalBytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
  const bar = createProgressBar(totalBytes, formatByteRate, output)
  let bytesBefore = 0
  let fileBytes = 0
  return {
    startPass(file, passLabel) {
      bytesBefore += fileBytes
      fileBytes = statSync(file).size
      bar.startStep(`${basename(file)} (${passLabel})`, bytesBefore)
    },
    update: (bytesRead) => bar.update(bytesBefore + bytesRead),
    print: bar.print,
    end: bar.end,
  }
}
