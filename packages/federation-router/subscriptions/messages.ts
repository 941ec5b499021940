import { GraphQLError } from 'graphql'
import type { IncomingHttpHeaders } from 'node:http'

import type { StreamFraming } from '../../platform/http'
import { invalidTokenMessage } from '../identity/authenticator'
import { createSubgraphError } from '../transport/subgraphErrors'

/** Formats a message for a protocol. */
type MessageFramer = (message: SubscriptionMessage) => string

/** A protocol for subscriptions over HTTP. */
export interface MessageFraming extends StreamFraming {
  heartbeatMs: number
  /** Returns '' for a message that the protocol cannot express. */
  frameMessage: MessageFramer
  /**
   * Returns the position after which a subscription begins; undefined for new events only.
   *
   * @throws GraphQLError BAD_USER_INPUT for a position that no event can have
   */
  readResumePosition(headers: IncomingHttpHeaders): string | undefined
}

/**
 * A message to subscribers. Subscribers of one upstream share it: its bytes are encoded once, and its frame once for each
 * protocol.
 */
export class SubscriptionMessage {
  #bytes: Buffer | undefined
  readonly #frames = new Map<MessageFramer, Buffer>()

  /**
   * @param text a GraphQL response as JSON; '' for a position
   * @param kind a response to an event of the subgraph, a resume position without a response, or errors with which the
   *   router ends the stream
   * @param id the resume position after this message; undefined when the subgraph sends no ids
   * @param resyncReason of the error RESYNC
   */
  constructor(
    readonly text: string,
    readonly kind: 'event' | 'position' | 'finalErrors' = 'event',
    readonly id?: string,
    readonly resyncReason?: ResyncReason,
  ) {}

  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.from(this.text))
  }

  toFrame(frame: MessageFramer): Buffer {
    const cached = this.#frames.get(frame)
    if (cached) return cached
    const bytes = Buffer.from(frame(this))
    this.#frames.set(frame, bytes)
    return bytes
  }
}

export const createPositionMessage = (id: string): SubscriptionMessage =>
  new SubscriptionMessage('', 'position', id)

const resyncCauses = {
  SUBGRAPH_LOST: 'Events may have been missed because the connection to the service was lost.',
  SLOW_READER: 'Events have been missed because this client reads too slowly.',
  SUPERGRAPH_CHANGED: 'The schema has changed.',
  SHUTDOWN: 'The router is shutting down.',
}

/** Why the router ends a subscription that has not completed: `extensions.reason` of the error RESYNC. */
type ResyncReason = keyof typeof resyncCauses

const createFinalErrors = (error: GraphQLError, resyncReason?: ResyncReason) =>
  new SubscriptionMessage(JSON.stringify({ errors: [error] }), 'finalErrors', undefined, resyncReason)

/** Creates the error RESYNC: events may be missing, so the client must read its data again and resubscribe. */
export function createResyncMessage(reason: ResyncReason): SubscriptionMessage {
  const message = `${resyncCauses[reason]} Reload the data, and subscribe again.`
  return createFinalErrors(new GraphQLError(message, { extensions: { code: 'RESYNC', reason } }), reason)
}

/** Creates the error for an access token that has expired or was revoked. */
export const createTokenExpiredMessage = (): SubscriptionMessage =>
  createFinalErrors(new GraphQLError(invalidTokenMessage, { extensions: { code: 'UNAUTHENTICATED' } }))

/** Creates the error for a service that no connection could be made to. */
export const createUnavailableMessage = (service: string): SubscriptionMessage =>
  createFinalErrors(createSubgraphError('SUBGRAPH_UNAVAILABLE', service))
