import {
  sendGraphqlResponse,
  type GraphqlHttpRequest,
  type OperationServer,
} from '../../platform/http/graphqlRoute'
import { acceptsEventStream } from '../../sse/writer'
import type { RouterContext } from '../request/context'
import { negotiateMediaType } from '../request/contentNegotiation'
import { SubscriptionMessage } from './messages'
import { streamMessages, type MessageFraming } from './streamMessages'
import { acceptsMultipart, multipartFraming } from './multipartFraming'
import { executeOrSubscribe } from './executeOrSubscribe'
import { readLastEventId, sseFraming } from './sseFraming'

/**
 * Answers a request that accepts a stream of events. Operations that have none are answered as JSON where that is
 * accepted, too, and else as a stream of one event.
 *
 * @returns whether it is answered
 */
export async function respondWithStream(
  server: OperationServer<RouterContext>,
  arrival: GraphqlHttpRequest<RouterContext>,
): Promise<boolean> {
  const { request, response } = arrival
  const { accept = '' } = request.headers
  const framing = framingFor(accept)
  if (!framing) return false
  const readId = framing === sseFraming ? () => readLastEventId(request.headers) : undefined
  const opened = await executeOrSubscribe(server, arrival, request.headers, readId)
  if (opened.kind === 'events') {
    await streamMessages(response, opened.events, framing)
    return true
  }
  const { answer } = opened
  const isJson = answer.body.kind === 'complete' && /json/.test(answer.headers.get('content-type') ?? '')
  if (
    framing !== sseFraming ||
    !isJson ||
    answer.body.kind !== 'complete' ||
    negotiateMediaType(accept) !== undefined
  ) {
    await sendGraphqlResponse(response, answer)
    return true
  }
  response.writeHead(200, { 'content-type': sseFraming.contentType, 'cache-control': 'no-store' })
  response.end(
    `${sseFraming.frameMessage(new SubscriptionMessage(answer.body.string.trimEnd()))}${sseFraming.end}`,
  )
  return true
}

function framingFor(accept: string): MessageFraming | undefined {
  if (acceptsMultipart(accept)) return multipartFraming
  return acceptsEventStream(accept) ? sseFraming : undefined
}
