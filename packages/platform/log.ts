import pino, { type DestinationStream, type Logger } from 'pino'

export type Log = Logger

export interface LogOptions {
  /** Writes 8 KiB at once, a tenth of a second late at most, and what is left when the process exits. */
  buffered?: boolean
}

/** JSON lines on standard output, one logger a process. */
export function createLog(part: string, level: string, { buffered = false }: LogOptions = {}): Log {
  const options = { level, base: { part } }
  // At once: to hand 8 KiB to another thread, and to hear of it, takes longer than to write them.
  return buffered ? pino(options, bufferLines(pino.destination({ sync: true }))) : pino(options)
}

const mostCharacters = 8192
const latestMilliseconds = 100

/**
 * What pino's own destination does with `minLength`, without its price: that (sonic-boom 4.2) looks through all that it
 * holds at each line, to know its bytes.
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
      if (lines.length >= mostCharacters) flush()
      else timer ??= setTimeout(flush, latestMilliseconds)
    },
  }
}
