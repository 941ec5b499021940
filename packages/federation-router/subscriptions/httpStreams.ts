import type { ServerResponse } from 'node:http'

import { acceptsEventStream } from '../../sse/format'
import { negotiateMediaType } from '../request/contentNegotiation'
import { readResponseText, sendResponse } from '../request/response'
import { SubscriptionMessage } from './messages'
import { writeMessages, type Framing } from './framing'
import { acceptsMultipart, multipartFraming } from './multipartFraming'
import type { IncomingOperation, ProcessOperation } from './operation'
import { readLastEventId, sseFraming } from './sseFraming'

/** Returns the framing of events that a client accepts over HTTP; undefined when it accepts none. */
export function selectFraming(accept = ''): Framing | undefined {
  if (acceptsMultipart(accept)) return multipartFraming
  return acceptsEventStream(accept) ? sseFraming : undefined
}

/**
 * Responds to a request that accepts a stream of events. The response to an operation without events is JSON if the client
 * accepts that, too, and otherwise a stream of one event.
 *
 * @param headers of the response in any case: names and values in turn
 */
export async function respondWithStream(
  processOperation: ProcessOperation,
  operation: IncomingOperation,
  framing: Framing,
  response: ServerResponse,
  headers: string[],
): Promise<void> {
  const readId = framing === sseFraming ? () => readLastEventId(operation.headers) : () => undefined
  const outcome = await processOperation({ ...operation, stream: { readLastEventId: readId } })
  if (outcome.kind === 'events') {
    setHeaders(response, headers)
    return writeMessages(response, outcome.events, framing)
  }
  if (framing !== sseFraming || negotiateMediaType(operation.headers.accept) !== undefined)
    return sendResponse(response, outcome.response, headers)
  setHeaders(response, headers)
  response.writeHead(200, { 'content-type': sseFraming.contentType, 'cache-control': 'no-store' })
  const message = new SubscriptionMessage(readResponseText(outcome.response))
  response.end(`${sseFraming.frameMessage(message)}${sseFraming.end}`)
}

function setHeaders(response: ServerResponse, headers: readonly string[]): void {
  for (let index = 0; index < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '')
}
