import { GraphQLError, type FormattedExecutionResult } from 'graphql'

import { createErrorFormatter } from '../errors'
import type { ExecutionOutcome } from '../execution/compile'
import { wholeText } from '../execution/prepared'
import { badTokenMessage } from '../identity/identity'
import { subgraphFailure } from '../subgraphErrors'

/** What subscribers are sent: a GraphQL response as JSON text, made once for all who share it. */
export class StreamEvent {
  #value: FormattedExecutionResult | undefined

  /** @param kind whether it is of the subgraphs, or the router's own word that it ends the stream */
  constructor(
    readonly text: string,
    readonly kind: 'event' | 'lastWords' = 'event',
  ) {}

  /** For whoever writes it otherwise. */
  get value(): FormattedExecutionResult {
    return (this.#value ??= JSON.parse(this.text) as FormattedExecutionResult)
  }
}

/** Makes events of outcomes, their errors as in the answer to a query. */
export function createEventFormat(options: { hideNames: boolean }) {
  const format = createErrorFormatter(options)
  return (outcome: ExecutionOutcome): StreamEvent => {
    if (outcome.texts) return new StreamEvent(`{"data":${wholeText(outcome)}}`)
    const { data } = outcome
    const errors = outcome.errors.map((error) => format(error.toJSON(), error))
    return new StreamEvent(JSON.stringify(errors.length > 0 ? { errors, data } : { data }))
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

/** The viewer's access token has expired. */
export const expired = (): StreamEvent =>
  lastWords(new GraphQLError(badTokenMessage, { extensions: { code: 'UNAUTHENTICATED' } }))

/** The subgraph could not be asked for its events at all. */
export const unavailable = (service: string): StreamEvent =>
  lastWords(subgraphFailure('SUBGRAPH_UNAVAILABLE', service))
