import pino, { type Logger } from 'pino'

export type Log = Logger

/** JSON lines on standard output, one logger a process. */
export function createLog(part: string, level: string): Log {
  return pino({ level, base: { part } })
}
