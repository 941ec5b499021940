import { GraphQLError } from 'graphql'
import type { SubscribePayload } from 'graphql-ws'
import type { IncomingHttpHeaders } from 'node:http'

const maxIdLength = 1_000
const controlCharacter = /[\0-\x1f\x7f]/

/**
 * Reads the header `last-event-id` of server-sent events.
 *
 * @throws GraphQLError BAD_USER_INPUT for an id that no event can have
 */
export function readLastEventIdHeader({ 'last-event-id': id }: IncomingHttpHeaders): string | undefined {
  if (typeof id === 'string' && !isEventId(id)) throw createInvalidIdError('header last-event-id')
  // Node decodes headers as latin1; the standard encodes ids in UTF-8.
  return typeof id === 'string' && id.length > 0 ? Buffer.from(id, 'latin1').toString() : undefined
}

/**
 * Reads `extensions.lastEventId` of a message that subscribes over a WebSocket.
 *
 * @throws GraphQLError BAD_USER_INPUT for an id that no event can have
 */
export function readLastEventIdExtension({ extensions }: SubscribePayload): string | undefined {
  const id = extensions?.['lastEventId'] ?? ''
  if (typeof id !== 'string' || !isEventId(id)) throw createInvalidIdError('extension lastEventId')
  return id.length > 0 ? id : undefined
}

const isEventId = (id: string): boolean => id.length <= maxIdLength && !controlCharacter.test(id)

const createInvalidIdError = (source: string): GraphQLError =>
  new GraphQLError(
    `The ${source} must be a string of at most ${maxIdLength} characters, without control characters.`,
    { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } },
  )
