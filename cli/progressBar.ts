import cliProgress from 'cli-progress'

/** Displays the progress of a command. */
export interface ProgressBar {
  /**
   * Starts a step of the work, with this label.
   *
   * @param done of the whole work, in the unit of its total
   */
  startStep(label: string, done: number): void
  /** @param done see {@link startStep} */
  update(done: number): void
  /** Prints a line without disturbing the bar. */
  print(line: string): void
  end(): void
}

/** A stream that may be a terminal. */
export type ProgressOutput = NodeJS.WritableStream & { isTTY?: boolean }

const lineIntervalMs = 5_000

/**
 * Displays a progress bar with rate and remaining time on a terminal, or else a line for each step and every 5 s.
 *
 * @param total of the whole work; may be an estimate
 * @param formatRate formats an amount per second, such as `1.2 MB/s`
 */
export function createProgressBar(
  total: number,
  formatRate: (perSecond: number) => string,
  output: ProgressOutput,
): ProgressBar {
  const startedAt = performance.now()
  const rate = () => done / Math.max((performance.now() - startedAt) / 1000, 0.001)
  let done = 0
  let label = ''
  let lastLineAt = startedAt

  const bar = output.isTTY
    ? new cliProgress.SingleBar({
        stream: output,
        hideCursor: true,
        clearOnComplete: true,
        format: '{bar} {percentage} % · {label} · {rate} · {left} left',
        barCompleteChar: '█',
        barIncompleteChar: '░',
      })
    : undefined
  const payload = () => ({
    label,
    rate: formatRate(rate()),
    left: done === 0 ? '…' : formatDuration(Math.max(total - done, 0) / Math.max(rate(), 1)),
  })
  bar?.start(total, 0, payload())

  const writeLine = () => {
    const { rate: speed, left } = payload()
    const percentage = Math.min(100, Math.floor((100 * done) / Math.max(total, 1)))
    output.write(`${percentage} % · ${label} · ${speed} · ${left} left\n`)
    lastLineAt = performance.now()
  }

  return {
    startStep(stepLabel, nowDone) {
      label = stepLabel
      done = nowDone
      if (bar) bar.update(done, payload())
      else if (done === 0) output.write(`${label}\n`)
      else writeLine()
    },
    update(nowDone) {
      done = nowDone
      if (bar) bar.update(done, payload())
      else if (performance.now() - lastLineAt >= lineIntervalMs) writeLine()
    },
    print: (line) => void output.write(bar ? `\r\x1b[K${line}\n` : `${line}\n`),
    end: () => bar?.stop(),
  }
}

/** Formats a rate in bytes per second. */
export const formatByteRate = (bytesPerSecond: number): string => `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`

function formatDuration(seconds: number): string {
  const wholeSeconds = Math.ceil(seconds)
  if (wholeSeconds < 60) return `${wholeSeconds} s`
  const minutes = Math.floor(wholeSeconds / 60)
  return minutes < 60
    ? `${minutes} min ${wholeSeconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
