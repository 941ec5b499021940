import { GraphQLError } from 'graphql'

import { createErrorFormatter } from '../request/errorFormatter'
import type { ExecutionOutcome } from '../executors/executor'
import { decodeSerializedData } from '../executors/serializedData'
import { invalidTokenMessage } from '../identity/authenticator'
import { createSubgraphError } from '../transport/subgraphErrors'

/** What subscribers are sent: a GraphQL response as JSON text. It is made once for all who share it, and so are its bytes. */
export class SubscriptionMessage {
  #bytes: Buffer | undefined
  readonly #frames = new Map<MessageFramer, Buffer>()

  /**
   * @param kind whether it is of the subgraphs, has no text and says alone how far they have come, or is the router's own
   *   word that it ends the stream
   * @param id of the last event by then; undefined where the subgraph gives none
   */
  constructor(
    readonly text: string,
    readonly kind: 'event' | 'position' | 'lastWords' = 'event',
    readonly id?: string,
  ) {}

  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.from(this.text))
  }

  /** As a protocol writes it. */
  toFrame(frame: MessageFramer): Buffer {
    const known = this.#frames.get(frame)
    if (known) return known
    const bytes = Buffer.from(frame(this))
    this.#frames.set(frame, bytes)
    return bytes
  }
}

export type MessageFramer = (event: SubscriptionMessage) => string

/** Whoever has had what came before it may come back after this one. */
export const createPositionMessage = (id: string): SubscriptionMessage =>
  new SubscriptionMessage('', 'position', id)

/** Makes events of outcomes, their errors as in the answer to a query. */
export function createMessageFormatter(options: { hideNames: boolean }) {
  const format = createErrorFormatter(options)
  return (outcome: ExecutionOutcome, id: string | undefined): SubscriptionMessage => {
    if (outcome.texts)
      return new SubscriptionMessage(`{"data":${decodeSerializedData(outcome)}}`, 'event', id)
    const { data } = outcome
    const errors = outcome.errors.map((error) => format(error.toJSON(), error))
    return new SubscriptionMessage(
      JSON.stringify(errors.length > 0 ? { errors, data } : { data }),
      'event',
      id,
    )
  }
}

const messages = {
  SUBGRAPH_LOST: 'Events may have been missed, since their service could not be followed.',
  SLOW_READER: 'Events have been missed, since this client reads more slowly than they come.',
  SUPERGRAPH_CHANGED: 'The schema has changed.',
  SHUTDOWN: 'The router is being stopped.',
}

/** Why a subscription ends of which there may be more: `extensions.reason` beside the code RESYNC. */
export type ResyncReason = keyof typeof messages

const lastWords = (error: GraphQLError) =>
  new SubscriptionMessage(JSON.stringify({ errors: [error] }), 'lastWords')

/** Instead of a silent hole: the client is to read anew what it shows, and to subscribe again. */
export function createResyncMessage(reason: ResyncReason): SubscriptionMessage {
  const message = `${messages[reason]} Read what you show anew, and subscribe again.`
  return lastWords(new GraphQLError(message, { extensions: { code: 'RESYNC', reason } }))
}

/** The viewer's access token has expired or was revoked. */
export const createTokenExpiredMessage = (): SubscriptionMessage =>
  lastWords(new GraphQLError(invalidTokenMessage, { extensions: { code: 'UNAUTHENTICATED' } }))

/** The subgraph could not be asked for its events at all. */
export const createUnavailableMessage = (service: string): SubscriptionMessage =>
  lastWords(createSubgraphError('SUBGRAPH_UNAVAILABLE', service))
