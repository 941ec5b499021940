import { GraphQLError } from 'graphql'
import type { IncomingHttpHeaders } from 'node:http'

import {
  completeFrame,
  eventStreamType,
  frameResult,
  heartbeatFrame,
  heartbeatIntervalMs,
} from '../../sse/format'
import type { Framing } from './framing'

/**
 * Server-sent events: graphql-sse's distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md), and beside it the ids of the standard. Written here,
 * since that library's server writes each event anew for each client, and keeps all that a slow one has not read.
 */
export const sseFraming: Framing = {
  contentType: eventStreamType,
  start: heartbeatFrame,
  frameMessage: ({ text, kind, id }) => frameResult(id, kind === 'position' ? undefined : text),
  heartbeat: heartbeatFrame,
  heartbeatMs: heartbeatIntervalMs,
  end: completeFrame,
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
