import type { Log } from '../../platform/log'

/** Of HTTP; `aborted`: the client has gone before the end. */
export type ResponseStatus = number | 'aborted'

/**
 * Logs a line for a request once it is answered. Neither the operation nor its variables are in it.
 *
 * @returns what logs the line, the first time that it is called
 */
export function startRequestLog(
  log: Log,
  requestId: string,
  method: string | undefined,
): (status: ResponseStatus) => void {
  const start = performance.now()
  let phase: 'open' | 'answered' = 'open'
  return (status) => {
    if (phase === 'answered') return
    phase = 'answered'
    const milliseconds = Math.round(performance.now() - start)
    log.info({ requestId, method, status, milliseconds }, 'Answered')
  }
}
