import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

import { completeFrame, eventStreamType, frameResult, heartbeatFrame } from './format'

/** What a subscriber is told: an execution result, an id to go on after, or both. */
export interface EventStreamMessage {
  id?: string
  /** As JSON text of one line. */
  result?: string
}

export interface EventStreamOptions {
  /** Aborted when nothing more is to be written. */
  signal: AbortSignal
  heartbeatMs: number
}

/** An answer of server-sent events. */
export interface EventStreamWriter {
  /** Resolves once there is room for more. */
  send(told: EventStreamMessage): Promise<void>
  /** There is no more to come. */
  complete(): void
  /** Ends the connection while there may be more: the other side is to come back. */
  disconnect(): void
}

/** Begins to answer. Whoever tells something waits for the client to read, so that nothing piles up here. */
export function openEventStream(
  response: ServerResponse,
  { signal, heartbeatMs }: EventStreamOptions,
): EventStreamWriter {
  response.writeHead(200, {
    'content-type': eventStreamType,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // Whoever is cut off must not come back by the connection of a process that is being stopped.
    connection: 'close',
  })
  response.write(heartbeatFrame)
  const beat = setInterval(() => {
    if (!response.destroyed && !response.writableNeedDrain) response.write(heartbeatFrame)
  }, heartbeatMs)
  response.once('close', () => clearInterval(beat))

  async function drained(): Promise<void> {
    // It rejects when the signal is aborted: then there is nothing to wait for.
    await once(response, 'drain', { signal }).catch(() => undefined)
  }

  return {
    async send({ id, result }) {
      if (signal.aborted || response.destroyed) return
      if (!response.write(frameResult(id, result))) await drained()
    },
    complete() {
      clearInterval(beat)
      if (!response.destroyed) response.end(completeFrame)
    },
    disconnect() {
      clearInterval(beat)
      // What was not read by now would hold up the end.
      if (response.writableNeedDrain) response.destroy()
      else if (!response.destroyed) response.end()
    },
  }
}
