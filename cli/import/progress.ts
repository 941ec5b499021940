import cliProgress from 'cli-progress'
import { statSync } from 'node:fs'
import { basename } from 'node:path'

/** Tells whoever waits how far an import has come. */
export interface ImportProgress {
  /** A pass through a file begins. */
  startPass(file: string, what: string): void
  /** So many bytes of the present file are done. */
  update(bytesRead: number): void
  /** Prints a line without disturbing the bar. */
  print(line: string): void
  end(): void
}

/** Where progress is written, and how. */
export interface ProgressOutput {
  write(text: string): unknown
  isTTY?: boolean | undefined
}

const secondsBetweenLines = 5

/**
 * A bar with rate and time left on a terminal; elsewhere a line for each pass and one every few seconds.
 *
 * @param files every file that will be read, once for each pass through it
 */
export function createImportProgress(files: readonly string[], output: NodeJS.WriteStream): ImportProgress {
  const total = files.reduce((sum, file) => sum + statSync(file).size, 0)
  const began = performance.now()
  const rate = () => doneNow / Math.max((performance.now() - began) / 1000, 0.001)
  let before = 0
  let doneNow = 0
  let size = 0
  let label = ''
  let lastLine = began

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
    rate: megabytes(rate()),
    left: doneNow === 0 ? '…' : duration((total - doneNow) / Math.max(rate(), 1)),
  })
  bar?.start(total, 0, payload())

  const plainLine = () => {
    const { rate: speed, left } = payload()
    output.write(
      `${Math.floor((100 * doneNow) / Math.max(total, 1))} % · ${label} · ${speed}/s · ${left} left\n`,
    )
    lastLine = performance.now()
  }

  return {
    startPass(file, what) {
      before += size
      doneNow = before
      size = statSync(file).size
      label = `${basename(file)} (${what})`
      if (bar) bar.update(doneNow, payload())
      else if (doneNow === 0) output.write(`${label}\n`)
      else plainLine()
    },
    update(bytesRead) {
      doneNow = before + bytesRead
      if (bar) bar.update(doneNow, payload())
      else if (performance.now() - lastLine >= secondsBetweenLines * 1000) plainLine()
    },
    print: (line) => void output.write(bar ? `\r\x1b[K${line}\n` : `${line}\n`),
    end: () => bar?.stop(),
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
