import { setTimeout as wait } from 'node:timers/promises'
import { request, type Dispatcher } from 'undici'

import type { Log } from '../../platform/log'
import { isErrorResponse } from '../transport/responseParser'
import { createInvalidResponseError, SubgraphFaultError } from '../transport/errors'
import { createEventStreamParser, type ServerSentEvent } from '../../sse/eventStreamParser'

export interface UpstreamOptions {
  service: string
  url: string
  /** The whole JSON text of the GraphQL request. */
  body: string
  /** Made anew for each connection: who is asking is signed for a short time. */
  createHeaders(): Record<string, string>
  dispatcher: Dispatcher
  /** Of one event, in characters. */
  maxEventLength: number
  /** The event after which to begin; undefined: with what comes from now on. */
  resumePosition: string | undefined
  /** For how long a subgraph that has gone is sought, in milliseconds. */
  reconnectMs: number
  signal: AbortSignal
  /**
   * Takes the JSON text of an event, and the last id by then. The next one is not read before it is done with, and nor are
   * those of the socket.
   */
  onEvent(text: string, id: string | undefined): Promise<void>
  /** Takes an id that has come without an event: it is as if that event had been there. */
  onPosition(id: string): void
  log: Log
}

/** Why a subgraph is not followed any more. `unavailable`: it never was; `lost`: events may have been missed. */
export type UpstreamEnd = 'completed' | 'closed' | 'unavailable' | 'lost'

const openingTries = 3
const firstDelayMilliseconds = 100
const maxDelayMilliseconds = 5_000

/** Full jitter: subscriptions that a restart has cut off together do not come back together. */
const delayOf = (failures: number) =>
  Math.random() * Math.min(maxDelayMilliseconds, firstDelayMilliseconds * 2 ** failures)

/**
 * Follows the events of one subscription at its subgraph, over graphql-sse's distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). A connection that breaks is made again, with the last
 * event's id as `last-event-id`; the subgraph goes on after that event, or says RESYNC in an error. One that gives no ids
 * cannot be resumed.
 */
export async function subscribeUpstream(options: UpstreamOptions): Promise<UpstreamEnd> {
  const { service, resumePosition, reconnectMs, signal, log } = options
  const progress: Progress = { phase: 'opening', id: resumePosition, failures: 0, lostAt: Infinity }
  for (;;) {
    try {
      await followOnce(options, progress)
      return 'completed'
    } catch (error) {
      if (signal.aborted) return 'closed'
      const { phase, failures, id } = progress
      progress.lostAt = Math.min(progress.lostAt, performance.now())
      // Each try to come back may fail, for each subscription.
      const level = failures === 0 ? 'warn' : 'debug'
      log[level]({ service, err: error, phase }, 'The events of a subgraph have broken off')
      if (error instanceof SubgraphFaultError) return 'lost'
      if (phase === 'opening' && failures >= openingTries - 1) return 'unavailable'
      if (phase === 'following' && id === undefined) return 'lost'
      if (phase === 'following' && performance.now() - progress.lostAt >= reconnectMs) return 'lost'
    }
    try {
      await wait(delayOf(progress.failures++), undefined, { signal })
    } catch {
      return 'closed'
    }
  }
}

interface Progress {
  phase: 'opening' | 'following'
  id: string | undefined
  /** Since the last event. */
  failures: number
  /** When the connection broke, by the monotonic clock (`performance.now`); Infinity while there is one. */
  lostAt: number
}

/**
 * One connection, until the subgraph says that there is no more.
 *
 * @throws SubgraphFault for an event that cannot be read: it would be the same another time; anything else for a
 *   connection that cannot be made, or breaks
 */
async function followOnce(options: UpstreamOptions, progress: Progress): Promise<void> {
  const { url, body, createHeaders, dispatcher, maxEventLength, signal } = options
  const resumed = progress.id !== undefined && { 'last-event-id': toHeader(progress.id) }
  const response = await request(url, {
    method: 'POST',
    headers: { ...createHeaders(), ...resumed },
    body,
    dispatcher,
    signal,
  })
  const type = response.headers['content-type']
  if (response.statusCode !== 200 || !String(type).startsWith('text/event-stream')) {
    const refusal = await readRefusal(response)
    if (refusal === undefined) throw new Error(`Status ${response.statusCode} of type ${String(type)}`)
    await options.onEvent(refusal, undefined)
    return
  }
  progress.phase = 'following'
  progress.lostAt = Infinity
  const read = createEventStreamParser(maxEventLength)
  for await (const bytes of response.body) {
    if (!(bytes instanceof Uint8Array)) throw createInvalidResponseError('No bytes')
    for (const event of read(bytes)) {
      if (event.type === 'complete') {
        response.body.on('error', () => undefined).destroy()
        return
      }
      await take(event, progress, options)
      // Only now: an event that nobody was given would be missing otherwise.
      if (event.id !== undefined) progress.id = event.id
      progress.failures = 0
    }
  }
  throw new Error('Ended before it was complete')
}

/**
 * Reads the GraphQL errors with which a subgraph refuses a subscription: they are all of its events. With a status of 5xx it
 * may recover, or another process of it may accept the subscription.
 *
 * @returns the response's JSON text; undefined for anything else
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
    if (size > longestRefusal) return undefined
  }
  const text = Buffer.concat(chunks).toString()
  return isErrorResponse(text) ? text : undefined
}

/** In bytes. */
const longestRefusal = 64 * 1024

async function take(
  { type, data, id }: ServerSentEvent,
  progress: Progress,
  { onEvent, onPosition }: UpstreamOptions,
): Promise<void> {
  if (type !== 'next') {
    if (id !== undefined && id !== progress.id) onPosition(id)
    return
  }
  try {
    await onEvent(data, id ?? progress.id)
  } catch (error) {
    throw createInvalidResponseError('An event that cannot be answered', { cause: error })
  }
}

/** Of ids any character may come, which headers have as bytes of UTF-8 (https://html.spec.whatwg.org/multipage/server-sent-events.html#last-event-id). */
const toHeader = (id: string): string => Buffer.from(id).toString('latin1')
