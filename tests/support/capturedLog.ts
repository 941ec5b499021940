import { Writable } from 'node:stream'
import pino from 'pino'

import type { Log } from '../../packages/platform/log'

/** A log whose entries a test can read. */
interface CapturedLog {
  log: Log
  lines: Record<string, unknown>[]
}

/** @param level the lowest level that is captured */
export function createCapturedLog(level: pino.Level = 'info'): CapturedLog {
  const lines: Record<string, unknown>[] = []
  const log = pino(
    { level },
    new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(JSON.parse(String(chunk)) as Record<string, unknown>)
        done()
      },
    }),
  )
  return { log, lines }
}
