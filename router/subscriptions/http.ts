import { sendAnswer, type Arrival, type OperationServer } from '../../subgraphs/shared/graphqlRoute'
import { acceptsStream } from '../../subgraphs/shared/serverSentEvents'
import type { RouterContext } from '../context'
import { negotiate } from '../httpStatus'
import { StreamEvent } from './events'
import { writeEvents, type Framing } from './framing'
import { acceptsMultipart, multipart } from './multipart'
import { openOperation } from './open'
import { readLastEventId, sse } from './sse'

/**
 * Answers a request that accepts a stream of events. Operations that have none are answered as JSON where that is
 * accepted, too, and else as a stream of one event.
 *
 * @returns whether it is answered
 */
export async function answerStreaming(
  server: OperationServer<RouterContext>,
  arrival: Arrival<RouterContext>,
): Promise<boolean> {
  const { request, response } = arrival
  const { accept = '' } = request.headers
  const framing = framingFor(accept)
  if (!framing) return false
  const readId = framing === sse ? () => readLastEventId(request.headers) : undefined
  const opened = await openOperation(server, arrival, request.headers, readId)
  if (opened.kind === 'events') {
    await writeEvents(response, opened.events, framing)
    return true
  }
  const { answer } = opened
  const isJson = answer.body.kind === 'complete' && /json/.test(answer.headers.get('content-type') ?? '')
  if (framing !== sse || !isJson || answer.body.kind !== 'complete' || negotiate(accept) !== undefined) {
    await sendAnswer(response, answer)
    return true
  }
  response.writeHead(200, { 'content-type': sse.contentType, 'cache-control': 'no-store' })
  response.end(`${sse.frame(new StreamEvent(answer.body.string.trimEnd()))}${sse.end}`)
  return true
}

function framingFor(accept: string): Framing | undefined {
  if (acceptsMultipart(accept)) return multipart
  return acceptsStream(accept) ? sse : undefined
}
