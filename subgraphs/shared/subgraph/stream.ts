import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** Whether a request accepts server-sent events. */
export const acceptsStream = (accept: string | undefined): boolean =>
  /(^|[\s,])text\/event-stream($|[\s,;])/i.test(accept ?? '')

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

const heartbeat = ':\n\n'

/** A client that takes nothing for so long is not there any more. */
const stallMilliseconds = 30_000

/** Begins to answer. Whoever tells something waits for the client to read, so that nothing piles up here. */
export function openStream(
  response: ServerResponse,
  { signal, heartbeatMilliseconds }: StreamOptions,
): Stream {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
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
    const stall = setTimeout(() => response.destroy(), stallMilliseconds)
    // It rejects when the signal is aborted: then there is nothing to wait for.
    await once(response, 'drain', { signal }).catch(() => undefined)
    clearTimeout(stall)
  }

  return {
    async tell({ id, result }) {
      if (signal.aborted || response.destroyed) return
      const head = id === undefined ? '' : `id: ${id}\n`
      const text = result === undefined ? head : `event: next\n${head}data: ${result}\n`
      if (!response.write(`${text}\n`)) await drained()
    },
    complete() {
      clearInterval(beat)
      if (!response.destroyed) response.end('event: complete\ndata:\n\n')
    },
    cut() {
      clearInterval(beat)
      // What was not read by now would hold up the end.
      if (response.writableNeedDrain) response.destroy()
      else if (!response.destroyed) response.end()
    },
  }
}
