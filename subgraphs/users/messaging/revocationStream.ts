import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

import { clockToleranceSeconds } from '../../../packages/auth/accessTokenClaims'
import { sendText, type Route } from '../../../packages/platform/http/server'
import type { Log } from '../../../packages/platform/log'
import { revocationWindowMs, type Revocation } from '../../../packages/auth/revocation'
import { formatEvent, eventStreamContentType } from '../../../packages/sse/writer'

export interface RevocationStreamOptions {
  /** Returns the revocations at this time and later, of all processes. */
  readRevocationsSince(time: Date): Promise<Revocation[]>
  now: () => Date
  log: Log
}

const pollIntervalMs = 500
/** Each poll reads this much again: clocks of processes differ, and a write takes a while. */
const overlapMs = 2 * clockToleranceSeconds * 1000
const stallMs = 10_000
/** One for each router process, with a margin. */
const maxStreams = 100

/**
 * Serves revocations to routers. Each stream begins with all that still matter and continues with new ones of all
 * processes: they are read from the database. An event `current` follows each successful read and nothing else,
 * so that a process without its database does not look like one without revocations.
 */
export function createRevocationStream({ readRevocationsSince, now, log }: RevocationStreamOptions) {
  const streams = new Set<AbortController>()
  let phase: 'open' | 'ended' = 'open'

  async function follow(response: ServerResponse, signal: AbortSignal): Promise<void> {
    let known = new Set<string>()
    let readAt = now().getTime() - revocationWindowMs + overlapMs
    for (;;) {
      // From the last read on, however long this process was suspended since.
      const previousAt = readAt
      readAt = now().getTime()
      const revocations = await readRevocationsSince(new Date(Math.min(previousAt, readAt) - overlapMs))
      if (signal.aborted) return
      const texts = revocations.map((each) => JSON.stringify(each))
      const events = texts.filter((text) => !known.has(text)).map((text) => formatEvent('revoked', text))
      if (!response.headersSent) writeHead(response)
      const isDrained = response.write(`${events.join('')}${formatEvent('current', '')}`)
      if (!isDrained)
        await once(response, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(stallMs)]) })
      known = new Set(texts)
      await wait(pollIntervalMs, undefined, { signal })
    }
  }

  const route: Route = async (_request, response) => {
    if (phase === 'ended' || streams.size >= maxStreams)
      return sendText(response, 503, 'No more streams are served now.\n')
    const controller = new AbortController()
    response.once('close', () => controller.abort())
    streams.add(controller)
    try {
      await follow(response, controller.signal)
    } catch (error) {
      if (!controller.signal.aborted) log.warn({ err: error }, 'A revocation stream has ended')
    } finally {
      streams.delete(controller)
    }
    if (response.writableNeedDrain) response.destroy()
    else if (response.headersSent) response.end()
    else if (!response.destroyed) sendText(response, 503, 'Revocations cannot be read now.\n')
  }

  return {
    route,
    /** Ends all streams, and serves no more. */
    end(): void {
      phase = 'ended'
      for (const controller of streams) controller.abort()
    },
  }
}

function writeHead(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': eventStreamContentType,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'close',
  })
}
