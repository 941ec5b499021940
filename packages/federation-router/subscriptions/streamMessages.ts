import type { ServerResponse } from 'node:http'

import { openResponseStream, type StreamFraming } from '../../platform/http/responseStream'
import type { MessageFramer } from './messages'
import type { SubscriberQueue } from './subscriberQueue'

/** A protocol for subscriptions over HTTP. */
export interface MessageFraming extends StreamFraming {
  heartbeatMs: number
  /** Returns '' for a message that the protocol cannot express. */
  frameMessage: MessageFramer
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
