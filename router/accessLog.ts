import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Log } from '../subgraphs/shared/log'

/** Logs a line for each request once it is answered. Neither the operation nor its variables are in it. */
export function logWhenAnswered(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  log: Log,
): void {
  const start = performance.now()
  response.once('close', () => {
    const milliseconds = Math.round(performance.now() - start)
    const { method } = request
    const status = response.writableFinished ? response.statusCode : 'aborted'
    log.info({ requestId, method, status, milliseconds }, 'Answered')
  })
}
