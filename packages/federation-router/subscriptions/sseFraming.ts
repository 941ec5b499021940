import { GraphQLError } from 'graphql'
import type { IncomingHttpHeaders } from 'node:http'

import { eventStreamFraming, formatNextEvent, heartbeatIntervalMs } from '../../sse/writer'
import type { MessageFraming } from './streamMessages'

/**
 * Server-sent events with ids. graphql-sse's own server serializes each event for each client again, and buffers without a
 * bound.
 */
export const sseFraming: MessageFraming = {
  ...eventStreamFraming,
  heartbeatMs: heartbeatIntervalMs,
  frameMessage: ({ text, kind, id }) => formatNextEvent(id, kind === 'position' ? undefined : text),
}

const maxIdLength = 1_000
const forbiddenInId = /[\0-\x1f\x7f]/

/**
 * The last event that a client has had which comes back; undefined for one that begins.
 *
 * @throws GraphQLError BAD_USER_INPUT for one that no event has
 */
export function readLastEventId({ 'last-event-id': given }: IncomingHttpHeaders): string | undefined {
  if (given === undefined || given.length === 0) return undefined
  if (typeof given !== 'string' || given.length > maxIdLength || forbiddenInId.test(given))
    throw new GraphQLError(
      `The header last-event-id must have at most ${maxIdLength} characters, and no control characters.`,
      { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } },
    )
  // Headers are read as bytes; the standard has ids in UTF-8.
  return Buffer.from(given, 'latin1').toString()
}
