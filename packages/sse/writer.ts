import type { ServerResponse } from 'node:http'

import { openResponseStream, type StreamFraming } from '../platform/http'

export const eventStreamContentType = 'text/event-stream; charset=utf-8'

/** Returns whether an `Accept` header names server-sent events. */
export const acceptsEventStream = (accept = ''): boolean =>
  /(^|[\s,])text\/event-stream($|[\s,;])/i.test(accept)

const heartbeat = ':\n\n'
export const heartbeatIntervalMs = 12_000

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) in graphql-sse's distinct
 * connections mode (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md).
 */
export const eventStreamFraming: StreamFraming = {
  contentType: eventStreamContentType,
  start: heartbeat,
  heartbeat,
  end: 'event: complete\ndata:\n\n',
}

/** Formats an event. @param data text of one line */
export const formatEvent = (type: string, data: string): string => `event: ${type}\ndata: ${data}\n\n`

/**
 * Formats an execution result; without a result, the id alone, which is a new resume position.
 *
 * @param result JSON text of one line
 * @param traceparent the span that has caused the result, for a reader that links its own span to it
 */
export function formatNextEvent(
  id: string | undefined,
  result: string | undefined,
  traceparent?: string,
): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`
  if (result === undefined) return `${idLine}\n`
  const traceLine = traceparent === undefined ? '' : `traceparent: ${traceparent}\n`
  return `event: next\n${idLine}${traceLine}data: ${result}\n\n`
}

/** An execution result, a resume position, or both. */
export interface EventStreamMessage {
  /** The position after which a subscriber resumes. */
  id?: string
  /** JSON text of one line. */
  result?: string
  /** The span that has caused the result. */
  traceparent?: string | undefined
}

interface EventStreamOptions {
  /** Aborts when nothing more is to be written. */
  signal: AbortSignal
  heartbeatMs: number
}

/** A response of server-sent events. */
interface EventStreamWriter {
  /** Sends a message, and resolves when the client has room for the next one (backpressure). */
  send(message: EventStreamMessage): Promise<void>
  /** Ends the subscription. */
  complete(): void
  /** Closes the connection while the subscription continues, so that the client reconnects. */
  disconnect(): void
}

/** Sends the head of a response of server-sent events. */
export function openEventStream(
  response: ServerResponse,
  { signal, heartbeatMs }: EventStreamOptions,
): EventStreamWriter {
  const { write, complete, disconnect } = openResponseStream(response, {
    ...eventStreamFraming,
    heartbeatMs,
    signal,
    // A client that is disconnected by a process that shuts down must reconnect to another one.
    headers: { connection: 'close' },
  })
  return {
    send: ({ id, result, traceparent }) => write(formatNextEvent(id, result, traceparent)),
    complete,
    disconnect,
  }
}
