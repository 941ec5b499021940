import type { IncomingMessage, ServerResponse } from 'node:http'

import { viewerHeader, type ViewerVerifier } from '../../auth/tokens'
import {
  EventLogGapError,
  isRebuildNotice,
  type Delivery,
  type DomainEvent,
  type EventLog,
} from '../../event-log'
import { openResponseStream, sendJson, type Route } from '../../platform/http'
import { eventStreamFraming, formatEvent } from '../../sse'

/** Returns the tags of the cached responses that an event of this subgraph may have changed. Pure. */
export type FindInvalidatedTags = (event: Pick<DomainEvent, 'type' | 'entity' | 'data'>) => readonly string[]

/** How the changes of a subgraph invalidate cached responses. */
export interface CacheInvalidation {
  eventLog: EventLog
  findInvalidatedTags: FindInvalidatedTags
}

interface InvalidationStreamOptions extends CacheInvalidation {
  /** The subgraph's own topic of the event log. */
  topic: string
  verify: ViewerVerifier
  /** The interval of heartbeats; that of checks is at most 1,000. */
  heartbeatMs: number
}

/** The streams of invalidations of one server. */
export interface InvalidationStreams {
  /** Serves one stream of server-sent events to a service. */
  route: Route
  /** Disconnects all readers, which resume at another process. */
  disconnectAll(): void
}

export const invalidationPath = '/cache-invalidations'

/**
 * Creates the route that streams the tags of changed responses to routers, from the subgraph's topic of the event log.
 * A reader resumes after the position in `Last-Event-ID` or `?after=`, and starts at the newest event otherwise.
 *
 * - `invalidate`: the tags of one domain event, and its ID. The id of the message is its position.
 * - `reset`: the position cannot be resumed, or everything was rebuilt. Everything that is cached of the subgraph may be stale.
 * - `current`: everything that was published before this moment was sent. Repeated every second while the log responds.
 */
export function createInvalidationStreams(options: InvalidationStreamOptions): InvalidationStreams {
  const streams = new Set<AbortController>()
  let phase: 'open' | 'closing' = 'open'
  return {
    async route(request, response, search) {
      const token = request.headers[viewerHeader]
      const claims = options.verify(typeof token === 'string' ? token : '')
      if (claims?.viewer.kind !== 'service')
        return reject(response, 401, 'Only services may read this stream.')
      if (request.method !== 'GET') return reject(response, 405, 'The stream is read with GET.')
      if (phase === 'closing') return reject(response, 503, 'This process is shutting down.')
      const controller = new AbortController()
      response.once('close', () => controller.abort())
      streams.add(controller)
      try {
        await sendInvalidations(options, response, readStart(request, search), controller.signal)
      } finally {
        controller.abort()
        streams.delete(controller)
      }
    },
    disconnectAll() {
      phase = 'closing'
      for (const stream of streams) stream.abort()
    },
  }
}

function reject(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { errors: [{ message }] })
}

function readStart({ headers }: IncomingMessage, search: string): string | undefined {
  const lastId = headers['last-event-id']
  return typeof lastId === 'string' ? lastId : (new URLSearchParams(search).get('after') ?? undefined)
}

async function sendInvalidations(
  options: InvalidationStreamOptions,
  response: ServerResponse,
  after: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { eventLog, topic } = options
  let position = after ?? (await eventLog.readNewestPosition(topic))
  if (signal.aborted) return
  const stream = openResponseStream(response, {
    ...eventStreamFraming,
    heartbeatMs: options.heartbeatMs,
    headers: { connection: 'close' },
    signal,
  })
  const send = (type: string, id: string, data: object) =>
    stream.write(`id: ${id}\n${formatEvent(type, JSON.stringify(data))}`)
  while (!signal.aborted) {
    try {
      await followTopic(options, position, send, signal)
      break
    } catch (error) {
      if (!(error instanceof EventLogGapError)) throw error
      position = await eventLog.readNewestPosition(topic)
      await send('reset', position, {})
    }
  }
  stream.disconnect()
}

/** The interval of checks whether readers are current. */
const maxCheckIntervalMs = 1000

type Send = (type: string, id: string, data: object) => Promise<void>

/** Sends the invalidations after a position until the signal aborts, or the log closes. @throws EventLogGapError */
async function followTopic(
  { eventLog, topic, findInvalidatedTags, heartbeatMs }: InvalidationStreamOptions,
  start: string,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  let position = start
  /** The positions that were sent since the last check began, and the newest one that it has read. */
  let sentSince = new Set<string>()
  let awaited: string | undefined

  async function checkCurrent(): Promise<void> {
    sentSince = new Set([position])
    const newest = await eventLog.readNewestPosition(topic)
    if (signal.aborted) return
    if (sentSince.has(newest)) await send('current', position, {})
    else awaited = newest
  }

  async function sendEvent({ event, position: next }: Delivery): Promise<void> {
    if (isRebuildNotice(event)) await send('reset', next, {})
    else {
      const tags = findInvalidatedTags(event)
      if (tags.length > 0) await send('invalidate', next, { tags, events: [event.id] })
    }
    position = next
    sentSince.add(next)
    if (awaited !== next) return
    awaited = undefined
    await send('current', next, {})
  }

  // Without a response of the log nothing is sent, so that readers do not take their data for current.
  const check = () => void checkCurrent().catch(() => undefined)
  const deliveries = await eventLog.subscribe(topic, { after: start, signal })
  check()
  const timer = setInterval(check, Math.min(maxCheckIntervalMs, heartbeatMs))
  try {
    for await (const delivery of deliveries) await sendEvent(delivery)
  } finally {
    clearInterval(timer)
  }
}
