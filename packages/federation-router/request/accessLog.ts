import type { Log } from '../../platform/log'

/** The status of HTTP; `aborted`: the client disconnected before the end. */
type ResponseStatus = number | 'aborted'

/**
 * Starts the access log line of a request. It contains neither the operation nor its variables.
 *
 * @returns a function that writes the line; only its first call counts
 */
export function startRequestLog(
  log: Log,
  requestId: string,
  method: string | undefined,
): (status: ResponseStatus) => void {
  const start = performance.now()
  let phase: 'open' | 'logged' = 'open'
  return (status) => {
    if (phase === 'logged') return
    phase = 'logged'
    const milliseconds = Math.round(performance.now() - start)
    log.info({ requestId, method, status, milliseconds }, 'Request completed')
  }
}
