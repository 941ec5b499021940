import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

import { openResponseStream, type StreamFraming } from '../../platform/http'
import { SubscriptionMessage, type MessageFramer } from './messages'
import type { SubscriberQueue } from './subscriberQueue'

/** A protocol for subscriptions over HTTP. */
export interface MessageFraming extends StreamFraming {
  heartbeatMs: number
  /** Returns '' for a message that the protocol cannot express. */
  frameMessage: MessageFramer
  /**
   * Returns the position after which a subscription begins; undefined for new events only.
   *
   * @throws GraphQLError BAD_USER_INPUT for a position that no event can have
   */
  readResumePosition(headers: IncomingHttpHeaders): string | undefined
}

/**
 * Streams the messages of a subscription until it ends or the client disconnects. Messages that a slow client does not
 * read stay in the queue, which is bounded.
 */
export async function streamMessages(
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
export function sendSingleMessage(
  response: ServerResponse,
  text: string,
  { contentType, frameMessage, end }: MessageFraming,
): void {
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' })
  response.end(`${frameMessage(new SubscriptionMessage(text))}${end}`)
}
