import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

import { clockToleranceSeconds, revocationWindowMs, type Revocation } from '../../../packages/auth'
import { sendText, type Route } from '../../../packages/platform/http'
import type { Log } from '../../../packages/platform/log'
import { eventStreamContentType, formatEvent } from '../../../packages/sse'

interface RevocationStreamOptions {
  /** Returns the revocations of all processes at this time and later. */
  readRevocationsSince(time: Date): Promise<Revocation[]>
  now: () => Date
  log: Log
}

const pollIntervalMs = 500
/** Each poll reads this period again, because the clocks of processes differ and writes take time. */
const overlapMs = 2 * clockToleranceSeconds * 1000
/** A router that does not read for this long is disconnected. */
const stallTimeoutMs = 10_000
/** One per router process, with a margin. */
const maxStreams = 100

/**
 * Creates the route that streams revocations to routers as server-sent events. Each stream begins with all revocations
 * that are still relevant and continues with new ones. It polls the database, since any process can write them. An
 * event `current` follows each successful read, so that routers can distinguish an unreachable database from a lack of
 * revocations.
 */
export function createRevocationStream({ readRevocationsSince, now, log }: RevocationStreamOptions) {
  const streams = new Set<AbortController>()
  let phase: 'open' | 'ended' = 'open'

  async function streamRevocations(response: ServerResponse, signal: AbortSignal): Promise<void> {
    let sentMessages = new Set<string>()
    let readAt = now().getTime() - revocationWindowMs + overlapMs
    for (;;) {
      // Continues from the last read, however long the process was suspended.
      const previousAt = readAt
      readAt = now().getTime()
      const revocations = await readRevocationsSince(new Date(Math.min(previousAt, readAt) - overlapMs))
      if (signal.aborted) return
      const messages = revocations.map((revocation) => JSON.stringify(revocation))
      const frames = messages
        .filter((message) => !sentMessages.has(message))
        .map((message) => formatEvent('revoked', message))
      if (!response.headersSent) writeHead(response)
      const isDrained = response.write(`${frames.join('')}${formatEvent('current', '')}`)
      if (!isDrained)
        await once(response, 'drain', {
          signal: AbortSignal.any([signal, AbortSignal.timeout(stallTimeoutMs)]),
        })
      sentMessages = new Set(messages)
      await wait(pollIntervalMs, undefined, { signal })
    }
  }

  const route: Route = async (_request, response) => {
    if (phase === 'ended' || streams.size >= maxStreams)
      return sendText(
        response,
        503,
        'The maximum number of revocation streams is reached, or the server is shutting down.\n',
      )
    const controller = new AbortController()
    response.once('close', () => controller.abort())
    streams.add(controller)
    try {
      await streamRevocations(response, controller.signal)
    } catch (error) {
      if (!controller.signal.aborted)
        log.warn({ err: error }, 'A revocation stream failed; the router will reconnect')
    } finally {
      streams.delete(controller)
    }
    if (response.writableNeedDrain) response.destroy()
    else if (response.headersSent) response.end()
    else if (!response.destroyed) sendText(response, 503, 'Revocations cannot be read at the moment.\n')
  }

  return {
    route,
    /** Ends all streams and rejects new ones. */
    end(): void {
      phase = 'ended'
      for (const controller of streams) controller.abort()
    },
  }
}

function writeHead(response: ServerResponse): void {
  // Set first: `writeHead` alone would not store it for the metrics of the server.
  response.setHeader('content-type', eventStreamContentType)
  response.writeHead(200, {
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'close',
  })
}
