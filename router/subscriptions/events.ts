import { GraphQLError } from 'graphql'

import { createErrorFormatter } from '../errors'
import type { ExecutionOutcome } from '../execution/compile'
import { wholeText } from '../execution/prepared'
import { badTokenMessage } from '../identity/identity'
import { subgraphFailure } from '../subgraphErrors'

/** What subscribers are sent: a GraphQL response as JSON text. It is made once for all who share it, and so are its bytes. */
export class StreamEvent {
  #bytes: Buffer | undefined
  readonly #frames = new Map<Frame, Buffer>()

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
  framed(frame: Frame): Buffer {
    const known = this.#frames.get(frame)
    if (known) return known
    const bytes = Buffer.from(frame(this))
    this.#frames.set(frame, bytes)
    return bytes
  }
}

export type Frame = (event: StreamEvent) => string

/** Whoever has had what came before it may come back after this one. */
export const position = (id: string): StreamEvent => new StreamEvent('', 'position', id)

/** Makes events of outcomes, their errors as in the answer to a query. */
export function createEventFormat(options: { hideNames: boolean }) {
  const format = createErrorFormatter(options)
  return (outcome: ExecutionOutcome, id: string | undefined): StreamEvent => {
    if (outcome.texts) return new StreamEvent(`{"data":${wholeText(outcome)}}`, 'event', id)
    const { data } = outcome
    const errors = outcome.errors.map((error) => format(error.toJSON(), error))
    return new StreamEvent(JSON.stringify(errors.length > 0 ? { errors, data } : { data }), 'event', id)
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

const lastWords = (error: GraphQLError) => new StreamEvent(JSON.stringify({ errors: [error] }), 'lastWords')

/** Instead of a silent hole: the client is to read anew what it shows, and to subscribe again. */
export function resync(reason: ResyncReason): StreamEvent {
  const message = `${messages[reason]} Read what you show anew, and subscribe again.`
  return lastWords(new GraphQLError(message, { extensions: { code: 'RESYNC', reason } }))
}

/** The viewer's access token has expired or was revoked. */
export const expired = (): StreamEvent =>
  lastWords(new GraphQLError(badTokenMessage, { extensions: { code: 'UNAUTHENTICATED' } }))

/** The subgraph could not be asked for its events at all. */
export const unavailable = (service: string): StreamEvent =>
  lastWords(subgraphFailure('SUBGRAPH_UNAVAILABLE', service))
