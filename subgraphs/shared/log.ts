import pino, { type Logger } from 'pino'

export type Log = Logger

export interface LogOptions {
  /** Writes 8 KiB at once, a tenth of a second late at most, and what is left when the process exits. */
  buffered?: boolean
}

/** JSON lines on standard output, one logger a process. */
export function createLog(part: string, level: string, { buffered = false }: LogOptions = {}): Log {
  const options = { level, base: { part } }
  return buffered ? pino(options, pino.destination({ minLength: 8_192, periodicFlush: 100 })) : pino(options)
}
