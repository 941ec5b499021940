import type { IncomingMessage, ServerResponse } from 'node:http'

import { openResponseStream } from '../../platform/http'
import { acceptsEventStream } from '../../sse'
import { negotiateMediaType } from '../request/contentNegotiation'
import { readResponseText, sendResponse } from '../request/response'
import { SubscriptionMessage, type MessageFraming } from './messages'
import { acceptsMultipart, multipartFraming } from './multipartFraming'
import type { OperationOutcome } from './operationOutcome'
import { sseFraming } from './sseFraming'
import type { SubscriberQueue } from './subscriberQueue'

/** Returns the framing of the stream that an `Accept` header allows; undefined when it allows none. */
export function selectFraming(accept = ''): MessageFraming | undefined {
  if (acceptsMultipart(accept)) return multipartFraming
  return acceptsEventStream(accept) ? sseFraming : undefined
}

/**
 * Responds to a request that accepts a stream of events. The response to an operation without events is JSON if the client
 * accepts that, too, and otherwise a stream of one event.
 *
 * @param headers further headers of the response: names and values in turn
 */
export async function sendStreamResponse(
  request: IncomingMessage,
  response: ServerResponse,
  headers: string[],
  framing: MessageFraming,
  outcome: Exclude<OperationOutcome, { kind: 'parts' }>,
): Promise<void> {
  const acceptsJson = negotiateMediaType(request.headers.accept) !== undefined
  if (outcome.kind === 'response' && (framing !== sseFraming || acceptsJson))
    return sendResponse(response, outcome.response, headers, request.headers['accept-encoding'])
  for (let index = 0; index < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '')
  if (outcome.kind === 'events') await streamMessages(response, outcome.events, framing)
  else sendSingleMessage(response, readResponseText(outcome.response), framing)
}

/**
 * Streams the messages of a subscription until it ends or the client disconnects. Messages that a slow client does not
 * read stay in the queue, which is bounded.
 */
async function streamMessages(
  response: ServerResponse,
  messages: SubscriberQueue,
  framing: MessageFraming,
): Promise<void> {
  const stream = openResponseStream(response, framing)
  response.once('close', () => void messages.return())
  if (response.destroyed) await messages.return()
  for await (const message of messages) {
    const frame = message.toFrame(framing.frameMessage)
    if (frame.length > 0) await stream.write(frame)
  }
  stream.complete()
}

/** Sends the JSON text of a GraphQL response as the only message of a stream. */
function sendSingleMessage(
  response: ServerResponse,
  text: string,
  { contentType, frameMessage, end }: MessageFraming,
): void {
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' })
  response.end(`${frameMessage(new SubscriptionMessage(text))}${end}`)
}
