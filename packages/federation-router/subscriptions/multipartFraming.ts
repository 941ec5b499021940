import { boundary, formatPart, multipartEnd } from '../request/multipartParts'
import type { MessageFraming } from './messages'

const emptyPart = formatPart('{}')

/**
 * Multipart subscriptions over HTTP, as Apollo Client requests them
 * (https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol). The errors of an event
 * are in its `payload`; errors that end the stream are beside it.
 */
export const multipartFraming: MessageFraming = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  start: boundary + emptyPart,
  frameMessage: ({ text, kind }) => {
    switch (kind) {
      case 'event':
        return formatPart(`{"payload":${text}}`)
      case 'position':
        return ''
      case 'finalErrors':
        return formatPart(`{"payload":null,${text.slice(1)}`)
    }
  },
  readResumePosition: () => undefined,
  heartbeat: emptyPart,
  heartbeatMs: 5_000,
  end: multipartEnd,
}

export const acceptsMultipart = (accept: string): boolean =>
  accept
    .split(',')
    .some(
      (range) =>
        /^\s*multipart\/mixed\s*;/i.test(range) && /;\s*subscriptionspec="?1\.0"?\s*(;|$)/i.test(range),
    )
