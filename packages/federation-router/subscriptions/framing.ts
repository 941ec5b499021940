import type { ServerResponse } from 'node:http'

import type { MessageFramer } from './messages'
import type { SubscriberQueue } from './subscriberQueue'

/** How a protocol over HTTP writes events. */
export interface Framing {
  contentType: string
  /** Browsers wait for the first byte of a body. */
  start: string
  /** Gives '' for what it has no words for. */
  frameMessage: MessageFramer
  /** Says that the stream lives. */
  heartbeat: string
  heartbeatMs: number
  end: string
}

/** Writes events as they come until there are no more, or the client goes away. */
export async function writeMessages(
  response: ServerResponse,
  events: SubscriberQueue,
  framing: Framing,
): Promise<void> {
  const { contentType, start, frameMessage, heartbeat, heartbeatMs, end } = framing
  response.writeHead(200, {
    'content-type': contentType,
    'cache-control': 'no-store',
    // nginx would keep events back (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
    'x-accel-buffering': 'no',
  })
  response.write(start)
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(heartbeat)
  }, heartbeatMs)
  response.once('close', () => {
    clearInterval(beat)
    void events.return()
  })
  if (response.destroyed) await events.return()
  for await (const event of events) {
    const bytes = event.toFrame(frameMessage)
    if (bytes.length > 0) await write(response, bytes)
  }
  clearInterval(beat)
  response.end(end)
}

/** Waits until it has left, so that what the client does not read waits in the queue, which has a bound. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done)
      resolve()
    }
    response.once('close', done)
    response.write(bytes, done)
  })
}
