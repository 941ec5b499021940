import pino, { type DestinationStream, type Logger } from 'pino'

export type Log = Logger

interface LogOptions {
  /** Whether lines on a terminal are readable text instead of JSON. */
  readable?: boolean
  /**
   * Writes 8 KiB at once, after a second at most, and the rest when the process exits. Warnings and errors, and a line after a
   * second without one, are written immediately.
   */
  buffered?: boolean
  /** The number of this process among those of its part that write to the same standard output; it is added to each line. */
  worker?: number | undefined
}

/** Creates the logger of a process: JSON lines on standard output. */
export function createLog(
  part: string,
  level: string,
  { buffered = false, readable = false, worker }: LogOptions = {},
): Log {
  const options = { level, base: worker === undefined ? { part } : { part, worker } }
  if (readable && process.stdout.isTTY) return pino({ ...options, transport: readableTransport })
  if (!buffered) return pino(options)
  const maxLength = worker === undefined ? Infinity : atomicLength
  // Synchronous: passing 8 KiB to another thread takes longer than writing them.
  return pino(options, bufferLines(pino.destination({ sync: true }), maxLength))
}

/** Formats lines in a thread of its own, which only a developer's terminal pays for. */
const readableTransport = {
  target: 'pino-pretty',
  options: { singleLine: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' },
}

const flushLength = 8192
/** Lines of several processes are not mixed within a pipe when each write has at most PIPE_BUF bytes: pipe(7). */
const atomicLength = 4096
const warningLevel = pino.levels.values['warn'] ?? 0
/** A write to a pipe takes 0.2 ms of CPU time, more than many a request. */
const maxDelayMs = 1_000

/** With it, pino sets `lastLevel` before each line. */
const pinoMetadata: symbol = Symbol.for('pino.metadata')

interface LineStream extends DestinationStream {
  /** The level of the line that is written. */
  lastLevel: number
}

/**
 * Buffers lines like pino's own `minLength`, which (sonic-boom 4.2) counts the bytes of the whole buffer for
 * each line.
 *
 * @param maxLength the most that is written at once, in UTF-16 units, unless a single line is longer
 */
function bufferLines(output: DestinationStream, maxLength: number): LineStream {
  let lines = ''
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    if (lines === '') return
    const text = lines
    lines = ''
    output.write(text)
  }

  /** Flushes the lines that were written since; without a line for a whole interval, the next one is not delayed. */
  function endDelay(): void {
    timer = undefined
    if (lines === '') return
    flush()
    startDelay()
  }
  function startDelay(): void {
    timer = setTimeout(endDelay, maxDelayMs)
    timer.unref()
  }

  process.on('exit', flush)
  return {
    [pinoMetadata]: true,
    lastLevel: 0,
    write(line) {
      if (lines.length + line.length > maxLength) flush()
      lines += line
      if (timer === undefined || this.lastLevel >= warningLevel || lines.length >= flushLength) flush()
      if (timer === undefined) startDelay()
    },
  }
}
