import type { Framing } from './framing'

/**
 * Server-sent events: graphql-sse's distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). Written here, since that library's server writes each
 * event anew for each client, and keeps all that a slow one has not read.
 */
export const sse: Framing = {
  contentType: 'text/event-stream; charset=utf-8',
  start: ':\n\n',
  frame: ({ text }) => `event: next\ndata: ${text}\n\n`,
  heartbeat: ':\n\n',
  heartbeatMilliseconds: 12_000,
  end: 'event: complete\ndata:\n\n',
}

export const acceptsSse = (accept: string): boolean => /(^|[\s,])text\/event-stream($|[\s,;])/i.test(accept)
