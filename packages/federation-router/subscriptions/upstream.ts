import { setTimeout as wait } from 'node:timers/promises'
import { request, type Dispatcher } from 'undici'

import type { Log } from '../../platform/log'
import { createEventStreamParser, EventTooLongError, type ServerSentEvent } from '../../sse'
import { createInvalidResponseError, SubgraphFaultError } from '../transport/errors'
import { isErrorResponse } from '../transport/responseParser'
import { receiveOverWebSocket } from './webSocketUpstream'

/** An event of a subgraph. */
export interface SourceEvent {
  /** JSON text. */
  text: string
  /** The resume position after it. */
  position: string | undefined
  /** The span of its publisher. */
  traceparent?: string | undefined
}

/** The protocols for the subscriptions of subgraphs. */
export type UpstreamProtocol = 'sse' | 'graphql-ws'

interface UpstreamOptions {
  service: string
  protocol: UpstreamProtocol
  url: string
  /** The JSON text of the GraphQL request. */
  body: string
  /** Called for each connection, since the viewer token in the headers is short-lived. */
  createHeaders(): Record<string, string>
  dispatcher: Dispatcher
  /** In characters. */
  maxEventLength: number
  /** The position after which the events begin; undefined for new events only. */
  resumePosition: string | undefined
  /** How long to reconnect after the connection is lost. */
  reconnectMs: number
  signal: AbortSignal
  /**
   * Receives a source event. No further event is read from the socket before the promise resolves (backpressure).
   */
  onEvent(event: SourceEvent): Promise<void>
  /** Receives a resume position without an event. */
  onPosition(position: string): void
  /** Called when the connection is lost. */
  onInterruption?(): void
  log: Log
}

/**
 * Why an upstream has ended: the subgraph completed it, `signal` closed it, no connection could be made (`unavailable`), or
 * events may have been missed (`lost`).
 */
export type UpstreamEnd = 'completed' | 'closed' | 'unavailable' | 'lost'

type Connection =
  /** None has been made yet. */
  { phase: 'opening' } | { phase: 'open' } | { phase: 'lost'; lostAtMs: number }

interface Progress {
  connection: Connection
  position: string | undefined
  /** Consecutive failures since the last event. */
  failures: number
}

const maxOpeningAttempts = 3
const minDelayMs = 100
const maxDelayMs = 5_000

/** Computes a delay with full jitter, so that subscriptions that were interrupted together do not reconnect together. */
const computeDelayMs = (failures: number) => Math.random() * Math.min(maxDelayMs, minDelayMs * 2 ** failures)

/**
 * Receives the source events of one subscription from its subgraph, over a WebSocket, or in graphql-sse's distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). The latter reconnects with the resume position in
 * `last-event-id`: the subgraph continues after that event, or sends the error RESYNC. Without ids it cannot be resumed.
 */
export async function subscribeUpstream(options: UpstreamOptions): Promise<UpstreamEnd> {
  const { service, reconnectMs, signal, log } = options
  const progress: Progress = {
    connection: { phase: 'opening' },
    position: options.resumePosition,
    failures: 0,
  }

  /**
   * Opens a connection and receives its events until the subgraph completes the subscription.
   *
   * @throws SubgraphFaultError for an event that would be as invalid after a reconnect; another error when the connection
   *   fails
   */
  async function receiveEvents(): Promise<void> {
    if (options.protocol === 'graphql-ws') return receiveFromWebSocket()
    const response = await openConnection(options, progress.position)
    if (!isEventStream(response)) {
      const refusal = await readRefusal(response)
      if (refusal === undefined)
        throw new Error(`Responded with status ${response.statusCode} and no event stream`)
      return options.onEvent({ text: refusal, position: undefined })
    }
    progress.connection = { phase: 'open' }
    const parse = createEventStreamParser(options.maxEventLength)
    for await (const bytes of response.body) {
      for (const event of parseEvents(parse, bytes)) {
        if (event.type === 'complete') return void response.body.on('error', () => undefined).destroy()
        await deliverEvent(event)
        // Only after the delivery: an event that was not delivered must be sent again.
        if (event.id !== undefined) progress.position = event.id
        progress.failures = 0
      }
    }
    throw new Error('The event stream ended before the subscription was complete')
  }

  async function receiveFromWebSocket(): Promise<void> {
    for await (const message of receiveOverWebSocket(options)) {
      if (message.type === 'open') {
        progress.connection = { phase: 'open' }
        continue
      }
      await deliverEvent({ ...message, id: undefined })
      progress.failures = 0
    }
  }

  async function deliverEvent({ type, data, id, traceparent }: ServerSentEvent): Promise<void> {
    if (type !== 'next') {
      if (id !== undefined && id !== progress.position) options.onPosition(id)
      return
    }
    try {
      await options.onEvent({ text: data, position: id ?? progress.position, traceparent })
    } catch (error) {
      throw createInvalidResponseError('An event could not be executed', { cause: error })
    }
  }

  /** Returns the end after a failure; undefined when another attempt is allowed. */
  function findEnd(error: unknown, current: Connection): UpstreamEnd | undefined {
    if (error instanceof SubgraphFaultError) return 'lost'
    if (current.phase === 'opening')
      return progress.failures + 1 >= maxOpeningAttempts ? 'unavailable' : undefined
    const isTooLate = current.phase === 'lost' && performance.now() - current.lostAtMs >= reconnectMs
    return progress.position === undefined || isTooLate ? 'lost' : undefined
  }

  for (;;) {
    try {
      await receiveEvents()
      return 'completed'
    } catch (error) {
      if (signal.aborted) return 'closed'
      options.onInterruption?.()
      if (progress.connection.phase === 'open')
        progress.connection = { phase: 'lost', lostAtMs: performance.now() }
      // Every subscription may fail to reconnect several times.
      const level = progress.failures === 0 ? 'warn' : 'debug'
      log[level](
        { service, err: error, phase: progress.connection.phase },
        'The event stream of a subgraph was interrupted',
      )
      const end = findEnd(error, progress.connection)
      if (end) return end
    }
    try {
      await wait(computeDelayMs(progress.failures++), undefined, { signal })
    } catch {
      return 'closed'
    }
  }
}

function openConnection(
  { url, body, createHeaders, dispatcher, signal }: UpstreamOptions,
  position: string | undefined,
): Promise<Dispatcher.ResponseData> {
  const lastEventId = position !== undefined && { 'last-event-id': encodeHeader(position) }
  return request(url, {
    method: 'POST',
    headers: { ...createHeaders(), ...lastEventId },
    body,
    dispatcher,
    signal,
  })
}

/** Encodes an id in UTF-8, as the standard requires, since headers are written as latin1. */
const encodeHeader = (id: string): string => Buffer.from(id).toString('latin1')

function isEventStream({ statusCode, headers }: Dispatcher.ResponseData): boolean {
  return statusCode === 200 && String(headers['content-type']).startsWith('text/event-stream')
}

/** @throws SubgraphFaultError for an event above the maximum length */
function parseEvents(parse: (bytes: Uint8Array) => ServerSentEvent[], bytes: unknown): ServerSentEvent[] {
  if (!(bytes instanceof Uint8Array)) throw createInvalidResponseError('The body is not a stream of bytes')
  try {
    return parse(bytes)
  } catch (error) {
    if (error instanceof EventTooLongError) throw createInvalidResponseError(error.message, { cause: error })
    throw error
  }
}

const maxRefusalBytes = 64 * 1024

/**
 * Reads the GraphQL errors with which a subgraph refuses a subscription: they are its only event. With a status of 5xx the
 * subgraph may recover, or another process of it may accept the subscription.
 *
 * @returns the JSON text of the response; undefined for anything else
 */
async function readRefusal({ statusCode, body }: Dispatcher.ResponseData): Promise<string | undefined> {
  body.on('error', () => undefined)
  if (statusCode >= 500) {
    body.destroy()
    return undefined
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) return undefined
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size > maxRefusalBytes) return undefined
  }
  const text = Buffer.concat(chunks).toString()
  return isErrorResponse(text) ? text : undefined
}
