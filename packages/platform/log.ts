import pino, { type DestinationStream, type Logger } from 'pino'

export type Log = Logger

interface LogOptions {
  /** Whether lines on a terminal are readable text instead of JSON. */
  readable?: boolean
  /** Writes 8 KiB at once, after 100 ms at most, and the rest when the process exits. */
  buffered?: boolean
}

/** Creates the logger of a process: JSON lines on standard output. */
export function createLog(
  part: string,
  level: string,
  { buffered = false, readable = false }: LogOptions = {},
): Log {
  const options = { level, base: { part } }
  if (readable && process.stdout.isTTY) return pino({ ...options, transport: readableTransport })
  // Synchronous: passing 8 KiB to another thread takes longer than writing them.
  return buffered ? pino(options, bufferLines(pino.destination({ sync: true }))) : pino(options)
}

/** Formats lines in a thread of its own, which only a developer's terminal pays for. */
const readableTransport = {
  target: 'pino-pretty',
  options: { singleLine: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' },
}

const flushLength = 8192
const maxDelayMs = 100

/**
 * Buffers lines like pino's own `minLength`, which (sonic-boom 4.2) counts the bytes of the whole buffer for
 * each line.
 */
function bufferLines(output: DestinationStream): DestinationStream {
  let lines = ''
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (lines === '') return
    const text = lines
    lines = ''
    output.write(text)
  }

  process.on('exit', flush)
  return {
    write(line) {
      lines += line
      if (lines.length >= flushLength) flush()
      else timer ??= setTimeout(flush, maxDelayMs)
    },
  }
}
