import type { HTTPGraphQLResponse } from '@apollo/server'
import type { IncomingHttpHeaders } from 'node:http'

import {
  executeHttpOperation,
  sendGraphqlResponse,
  type GraphqlHttpRequest,
  type HttpOperation,
  type OperationServer,
} from '../../platform/http/graphqlRoute'
import { selectFraming } from '../subscriptions/selectFraming'
import { sseFraming } from '../subscriptions/sseFraming'
import { sendSingleMessage, streamMessages } from '../subscriptions/streamMessages'
import type { SubscriberQueue } from '../subscriptions/subscriberQueue'
import { negotiateMediaType } from './contentNegotiation'
import type { RouterContext } from './context'

/** The outcome of an operation: the events of a subscription, or a response. */
export type OperationOutcome =
  { kind: 'events'; events: SubscriberQueue } | { kind: 'response'; response: HTTPGraphQLResponse }

/**
 * Executes an operation that may be a subscription with Apollo Server, so that parsing, validation, limits, identity and
 * error messages are those of a query.
 */
export async function executeOrSubscribe(
  server: OperationServer<RouterContext>,
  operation: HttpOperation<RouterContext>,
  headers: IncomingHttpHeaders,
  readResumePosition: () => string | undefined = () => undefined,
): Promise<OperationOutcome> {
  let events: SubscriberQueue | undefined
  const createContext = async (): Promise<RouterContext> => ({
    ...(await operation.createContext()),
    lastEventId: readResumePosition(),
    acceptSubscription: (accepted) => {
      events = accepted
    },
  })
  // In a stream, JSON is the fallback of a client that accepts events alone.
  const accept = negotiateMediaType(headers.accept) === undefined ? 'application/json' : headers.accept
  try {
    const response = await executeHttpOperation(
      server,
      { ...operation, createContext },
      { ...headers, accept },
    )
    return events ? { kind: 'events', events } : { kind: 'response', response }
  } catch (error) {
    await events?.return()
    throw error
  }
}

/**
 * Responds to a request that accepts a stream of events. The response to an operation without events is JSON if the client
 * accepts that, too, and otherwise a stream of one event.
 *
 * @returns false for a request that accepts no stream
 */
export async function respondWithStream(
  server: OperationServer<RouterContext>,
  incoming: GraphqlHttpRequest<RouterContext>,
): Promise<boolean> {
  const { request, response } = incoming
  const { headers } = request
  const framing = selectFraming(headers.accept)
  if (!framing) return false
  const outcome = await executeOrSubscribe(server, incoming, headers, () =>
    framing.readResumePosition(headers),
  )
  if (outcome.kind === 'events') await streamMessages(response, outcome.events, framing)
  else {
    const { body, headers: given } = outcome.response
    const isJson = /json/.test(given.get('content-type') ?? '')
    const acceptsJson = negotiateMediaType(headers.accept) !== undefined
    if (framing === sseFraming && isJson && body.kind === 'complete' && !acceptsJson)
      sendSingleMessage(response, body.string.trimEnd(), framing)
    else await sendGraphqlResponse(response, outcome.response)
  }
  return true
}
