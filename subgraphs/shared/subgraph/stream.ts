import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

import { completion, streamType, frameResult, heartbeat } from '../serverSentEvents'

/** What a subscriber is told: an execution result, an id to go on after, or both. */
export interface Told {
  id?: string
  /** As JSON text of one line. */
  result?: string
}

export interface StreamOptions {
  /** Aborted when nothing more is to be written. */
  signal: AbortSignal
  heartbeatMilliseconds: number
}

/** An answer of server-sent events. */
export interface Stream {
  /** Resolves once there is room for more. */
  tell(told: Told): Promise<void>
  /** There is no more to come. */
  complete(): void
  /** Ends the connection while there may be more: the other side is to come back. */
  cut(): void
}

/** Begins to answer. Whoever tells something waits for the client to read, so that nothing piles up here. */
export function openStream(
  response: ServerResponse,
  { signal, heartbeatMilliseconds }: StreamOptions,
): Stream {
  response.writeHead(200, {
    'content-type': streamType,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // Whoever is cut off must not come back by the connection of a process that is being stopped.
    connection: 'close',
  })
  response.write(heartbeat)
  const beat = setInterval(() => {
    if (!response.destroyed && !response.writableNeedDrain) response.write(heartbeat)
  }, heartbeatMilliseconds)
  response.once('close', () => clearInterval(beat))

  async function drained(): Promise<void> {
    // It rejects when the signal is aborted: then there is nothing to wait for.
    await once(response, 'drain', { signal }).catch(() => undefined)
  }

  return {
    async tell({ id, result }) {
      if (signal.aborted || response.destroyed) return
      if (!response.write(frameResult(id, result))) await drained()
    },
    complete() {
      clearInterval(beat)
      if (!response.destroyed) response.end(completion)
    },
    cut() {
      clearInterval(beat)
      // What was not read by now would hold up the end.
      if (response.writableNeedDrain) response.destroy()
      else if (!response.destroyed) response.end()
    },
  }
}
