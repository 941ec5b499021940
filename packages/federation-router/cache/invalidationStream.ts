import { setTimeout as wait } from 'node:timers/promises'
import { request, type Dispatcher } from 'undici'
import { z } from 'zod'

import type { Log } from '../../platform/log'
import { createEventStreamParser, type ServerSentEvent } from '../../sse'

/** The path of the stream at the server of a subgraph. */
export const invalidationsPath = '/cache-invalidations'

/** The stream of the invalidations of one subgraph. */
export interface InvalidationStream {
  /** Returns whether all invalidations older than 3 s have been applied. @param nowMs of the monotonic clock */
  isCurrent(nowMs: number): boolean
  /** Returns the milliseconds since the stream was current. */
  readLagMs(): number
  close(): void
}

interface InvalidationStreamOptions {
  subgraph: string
  /** The URL of the GraphQL endpoint. */
  subgraphUrl: string
  createHeaders(): Record<string, string>
  dispatcher: Dispatcher
  /** Receives the tags of some domain events. */
  onInvalidate(tags: readonly string[], eventIds: readonly string[]): void
  /** Called when invalidations may have been missed, and before the first ones. */
  onReset(): void
  log: Log
}

/** The subgraph sends `current` every second. */
const staleMs = 3_000
const minDelayMs = 100
const maxDelayMs = 1_000
/** Of a subgraph that responds without a stream, most likely since it has none. */
const refusalDelayMs = 10_000
const maxEventLength = 1_000_000

const invalidationShape = z.object({
  tags: z.array(z.string()),
  events: z.array(z.string()).default([]),
})

/** The subgraph has responded without a stream. */
class RefusedStreamError extends Error {}

/** A message that cannot be read, so that its tags are unknown. */
class InvalidMessageError extends Error {}

/**
 * Receives the invalidations of a subgraph until it is closed. A connection that is lost is resumed after the last message. Without a
 * position, or after a message that cannot be read, everything is invalidated.
 *
 * The stream is current while it is connected, and the last `current` on this connection is at most 3 s old. Other messages do not count:
 * heartbeats are also sent while the subgraph cannot read the event log, and invalidations may be of long ago.
 */
export function openInvalidationStream(options: InvalidationStreamOptions): InvalidationStream {
  const { subgraph, subgraphUrl, createHeaders, dispatcher, onInvalidate, onReset, log } = options
  const url = new URL(invalidationsPath, subgraphUrl)
  const closing = new AbortController()
  let phase: 'connecting' | 'current' = 'connecting'
  let position: string | undefined
  let currentAtMs = -Infinity
  /** Whether invalidations may have been missed before the first message of the connection. */
  let needsReset = true
  let hasReported = false

  /** Everything that the subgraph changes after this is sent to this connection. */
  function handleCurrent(): void {
    if (needsReset) onReset()
    needsReset = false
    if (phase !== 'current') log.info({ service: subgraph }, 'Invalidations of the cache are being received')
    phase = 'current'
    currentAtMs = performance.now()
    hasReported = false
  }

  function handleMessage({ type, data, id }: ServerSentEvent): void {
    if (type === 'invalidate') {
      const { tags, events } = parseInvalidation(data)
      onInvalidate(tags, events)
    } else if (type === 'reset') {
      phase = 'connecting'
      needsReset = false
      onReset()
    } else if (type === 'current') handleCurrent()
    if (id !== undefined && id !== '') position = id
  }

  async function readConnection(): Promise<never> {
    needsReset = position === undefined
    const response = await request(url, {
      headers: {
        ...createHeaders(),
        accept: 'text/event-stream',
        ...(position !== undefined && { 'last-event-id': position }),
      },
      dispatcher,
      signal: closing.signal,
    })
    const { statusCode, headers, body } = response
    if (statusCode !== 200 || !String(headers['content-type']).startsWith('text/event-stream')) {
      body.on('error', () => undefined).destroy()
      throw new RefusedStreamError(`Responded with status ${statusCode} and no event stream`)
    }
    const parse = createEventStreamParser(maxEventLength)
    for await (const bytes of body) for (const event of parseEvents(parse, bytes)) handleMessage(event)
    throw new Error('The stream has ended')
  }

  function handleFailure(error: unknown): void {
    phase = 'connecting'
    if (error instanceof InvalidMessageError) {
      position = undefined
      onReset()
    }
    if (hasReported) return
    hasReported = true
    log.warn(
      { service: subgraph, err: error, url: url.href },
      'Invalidations of the cache cannot be received: data of this subgraph with tags is fetched until they can',
    )
  }

  async function readContinuously(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      let delayMs = Math.min(maxDelayMs, minDelayMs * 2 ** failures)
      try {
        await readConnection()
      } catch (error) {
        if (closing.signal.aborted) return
        if (error instanceof RefusedStreamError) delayMs = refusalDelayMs
        if (performance.now() - currentAtMs < staleMs) failures = 0
        handleFailure(error)
      }
      const jitter = 0.5 + Math.random() / 2
      await wait(delayMs * jitter, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  void readContinuously()

  return {
    isCurrent: (nowMs) => phase === 'current' && nowMs - currentAtMs <= staleMs,
    readLagMs: () => performance.now() - currentAtMs,
    close: () => closing.abort(),
  }
}

function parseEvents(parse: (bytes: Uint8Array) => ServerSentEvent[], bytes: unknown): ServerSentEvent[] {
  if (!(bytes instanceof Uint8Array)) throw new Error('Not a stream of bytes')
  try {
    return parse(bytes)
  } catch (error) {
    throw new InvalidMessageError('A message is too long', { cause: error })
  }
}

function parseInvalidation(data: string): z.output<typeof invalidationShape> {
  try {
    return invalidationShape.parse(JSON.parse(data))
  } catch (error) {
    throw new InvalidMessageError('A message is not valid', { cause: error })
  }
}
