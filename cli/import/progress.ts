import cliProgress from 'cli-progress'
import { statSync } from 'node:fs'
import { basename } from 'node:path'

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

const lineIntervalMs = 5_000

/**
 * Displays a progress bar with rate and remaining time on a terminal, or else a line for each pass and every 5 s.
 *
 * @param files the file of each pass; a file that is read twice is listed twice
 */
export function createImportProgress(files: readonly string[], output: NodeJS.WriteStream): ImportProgress {
  const totalBytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
  const startedAt = performance.now()
  const rate = () => bytesDone / Math.max((performance.now() - startedAt) / 1000, 0.001)
  let bytesBefore = 0
  let bytesDone = 0
  let fileBytes = 0
  let label = ''
  let lastLineAt = startedAt

  const bar = output.isTTY
    ? new cliProgress.SingleBar({
        stream: output,
        hideCursor: true,
        clearOnComplete: true,
        format: '{bar} {percentage} % · {label} · {rate}/s · {left} left',
        barCompleteChar: '█',
        barIncompleteChar: '░',
      })
    : undefined
  const payload = () => ({
    label,
    rate: formatMegabytes(rate()),
    left: bytesDone === 0 ? '…' : formatDuration((totalBytes - bytesDone) / Math.max(rate(), 1)),
  })
  bar?.start(totalBytes, 0, payload())

  const writeLine = () => {
    const { rate: speed, left } = payload()
    output.write(
      `${Math.floor((100 * bytesDone) / Math.max(totalBytes, 1))} % · ${label} · ${speed}/s · ${left} left\n`,
    )
    lastLineAt = performance.now()
  }

  return {
    startPass(file, passLabel) {
      bytesBefore += fileBytes
      bytesDone = bytesBefore
      fileBytes = statSync(file).size
      label = `${basename(file)} (${passLabel})`
      if (bar) bar.update(bytesDone, payload())
      else if (bytesDone === 0) output.write(`${label}\n`)
      else writeLine()
    },
    update(bytesRead) {
      bytesDone = bytesBefore + bytesRead
      if (bar) bar.update(bytesDone, payload())
      else if (performance.now() - lastLineAt >= lineIntervalMs) writeLine()
    },
    print: (line) => void output.write(bar ? `\r\x1b[K${line}\n` : `${line}\n`),
    end: () => bar?.stop(),
  }
}

const formatMegabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

function formatDuration(seconds: number): string {
  const wholeSeconds = Math.ceil(seconds)
  if (wholeSeconds < 60) return `${wholeSeconds} s`
  const minutes = Math.floor(wholeSeconds / 60)
  return minutes < 60
    ? `${minutes} min ${wholeSeconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
