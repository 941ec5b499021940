import { GraphQLError } from 'graphql'
import type { IncomingHttpHeaders } from 'node:http'

import { eventStreamFraming, formatNextEvent, heartbeatIntervalMs } from '../../sse'
import type { MessageFraming } from './messages'

/**
 * Server-sent events with ids. graphql-sse's own server serializes each event for each client again, and buffers without a
 * bound.
 */
export const sseFraming: MessageFraming = {
  ...eventStreamFraming,
  heartbeatMs: heartbeatIntervalMs,
  frameMessage: ({ text, kind, id }) => formatNextEvent(id, kind === 'position' ? undefined : text),
  readResumePosition: readLastEventId,
}

const maxIdLength = 1_000
const controlCharacter = /[\0-\x1f\x7f]/

function readLastEventId({ 'last-event-id': id }: IncomingHttpHeaders): string | undefined {
  if (id === undefined || id.length === 0) return undefined
  if (typeof id !== 'string' || id.length > maxIdLength || controlCharacter.test(id))
    throw new GraphQLError(
      `The header last-event-id must have at most ${maxIdLength} characters, and no control characters.`,
      { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } },
    )
  // Node decodes headers as latin1; the standard encodes ids in UTF-8.
  return Buffer.from(id, 'latin1').toString()
}
