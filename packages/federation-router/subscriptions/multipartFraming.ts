import type { MessageFraming } from './streamMessages'

// A part is whole for whoever reads it once the next boundary is there: each ends with it.
const boundary = '\r\n--graphql'
const part = (json: string) => `\r\ncontent-type: application/json\r\n\r\n${json}${boundary}`

/**
 * Multipart subscriptions over HTTP, as Apollo Client asks for them
 * (https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol). Errors of an event stand
 * in its `payload`; those that end the stream stand beside it.
 */
export const multipartFraming: MessageFraming = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  start: boundary + part('{}'),
  frameMessage: ({ text, kind }) => {
    switch (kind) {
      case 'event':
        return part(`{"payload":${text}}`)
      case 'position':
        return ''
      case 'lastWords':
        return part(`{"payload":null,${text.slice(1)}`)
    }
  },
  heartbeat: part('{}'),
  heartbeatMs: 5_000,
  end: '--\r\n',
}

export const acceptsMultipart = (accept: string): boolean =>
  accept
    .split(',')
    .some(
      (range) =>
        /^\s*multipart\/mixed\s*;/i.test(range) && /;\s*subscriptionspec="?1\.0"?\s*(;|$)/i.test(range),
    )
