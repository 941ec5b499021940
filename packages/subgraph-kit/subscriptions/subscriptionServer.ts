import type { ApolloServer, BaseContext } from '@apollo/server'
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql'
import type { ServerResponse } from 'node:http'
import type { ErrorFormatter } from '../graphql/errorFormatter'
import { executeHttpOperation, sendGraphqlResponse, type GraphqlHttpRequest } from '../server/apolloHttp'
import { sendJson } from '../../platform/http'
import { startSubscription, type StartSubscriptionOptions } from './startSubscription'
import { readOperation, type ValidSubscription } from './readOperation'
import { acceptsEventStream, openEventStream } from '../../sse'
import type { RequestRecord } from '../server/requestTelemetry'
import type { SubgraphTelemetry } from '../telemetry/subgraphTelemetry'

interface SubscriptionServerOptions<Context extends BaseContext> {
  schema: GraphQLSchema
  /** Executes requests that are no valid subscription. */
  server: ApolloServer<Context>
  formatError: ErrorFormatter
  heartbeatMs: number
  telemetry: Pick<SubgraphTelemetry, 'subscriptions' | 'tracer'>
}

type CreateContext<Context> = StartSubscriptionOptions<Context>['createContext']

/** The subscriptions of one server. */
export interface SubscriptionServer<Context extends BaseContext> {
  /**
   * Responds to a request that accepts server-sent events, and resolves when its stream ends.
   *
   * @param record ends when the subscription has started
   * @returns false for any other request
   */
  handle(
    httpRequest: GraphqlHttpRequest<Context>,
    createContext: CreateContext<Context>,
    record: RequestRecord,
  ): Promise<boolean>
  /** Disconnects all subscribers, and rejects new ones: they resume at another process. */
  disconnectAll(): void
}

/**
 * Serves subscriptions as server-sent events in graphql-sse's distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). The event id is the resume position: a
 * subscriber that sends it as `last-event-id` resumes after it. Does not use that library's server, which
 * writes no ids, completes the streams that it disconnects, and has no backpressure: it buffers everything that
 * a slow subscriber does not read.
 */
export function createSubscriptionServer<Context extends BaseContext>(
  options: SubscriptionServerOptions<Context>,
): SubscriptionServer<Context> {
  const streams = new Set<AbortController>()
  let phase: 'open' | 'closing' = 'open'

  async function serveStream(
    httpRequest: GraphqlHttpRequest<Context>,
    subscription: ValidSubscription,
    createContext: CreateContext<Context>,
    record: RequestRecord,
  ): Promise<void> {
    const controller = createDisconnectController(httpRequest.response)
    streams.add(controller)
    const end = options.telemetry.subscriptions.startSubscription()
    const { operationName: name, documentHash } = subscription
    record.setOperation({ type: 'subscription', name, documentHash })
    try {
      await sendMessages(options, httpRequest, subscription, createContext, controller.signal, record)
    } finally {
      end()
      streams.delete(controller)
    }
  }

  return {
    async handle(httpRequest, createContext, record) {
      const { request, response, method, body } = httpRequest
      if (method !== 'POST' || !acceptsEventStream(request.headers.accept)) return false
      const operation = readOperation(options.schema, body)
      if (phase === 'closing') rejectRequest(response, 503, [shuttingDown])
      else if (operation.kind !== 'subscription')
        await respondOnce(options, httpRequest, operation.kind === 'other')
      else await serveStream(httpRequest, operation, createContext, record)
      return true
    },
    disconnectAll() {
      phase = 'closing'
      for (const stream of streams) stream.abort()
    },
  }
}

/** Returns a controller that is also aborted when the response closes. */
function createDisconnectController(response: ServerResponse): AbortController {
  const controller = new AbortController()
  response.once('close', () => controller.abort())
  if (response.destroyed) controller.abort()
  return controller
}

const shuttingDown: GraphQLFormattedError = { message: 'This process is shutting down.' }

function rejectRequest(response: ServerResponse, status: number, errors: GraphQLFormattedError[]): void {
  if (response.destroyed) return
  response.setHeader('connection', 'close')
  sendJson(response, status, { errors })
}

/**
 * Sends Apollo Server's response, so that errors have the same messages as in other requests: as the only
 * result of a stream, or, if there is no operation, as JSON with a status.
 */
async function respondOnce<Context extends BaseContext>(
  { server, heartbeatMs }: SubscriptionServerOptions<Context>,
  httpRequest: GraphqlHttpRequest<Context>,
  hasOperation: boolean,
): Promise<void> {
  const { request, response } = httpRequest
  const { signal } = createDisconnectController(response)
  const graphqlResponse = await executeHttpOperation(server, httpRequest, {
    ...request.headers,
    accept: 'application/json',
  })
  if (signal.aborted) return
  if (!hasOperation || graphqlResponse.body.kind !== 'complete')
    return sendGraphqlResponse(response, graphqlResponse)
  const stream = openEventStream(response, { signal, heartbeatMs })
  await stream.send({ result: graphqlResponse.body.string.trim() })
  stream.complete()
}

async function sendMessages<Context extends BaseContext>(
  { schema, formatError, heartbeatMs, telemetry }: SubscriptionServerOptions<Context>,
  { request, response }: GraphqlHttpRequest<Context>,
  { document, operationName, variableValues }: ValidSubscription,
  createContext: CreateContext<Context>,
  signal: AbortSignal,
  record: RequestRecord,
): Promise<void> {
  const args = { schema, document, operationName, variableValues }
  const lastId = request.headers['last-event-id']
  const after = typeof lastId === 'string' ? lastId : undefined
  const start = await startSubscription({
    args,
    createContext,
    stream: { after, signal },
    formatError,
    tracer: telemetry.tracer,
  })
  if (start.phase === 'rejected') record.addErrors(start.errors)
  if (signal.aborted) return rejectRequest(response, 503, [shuttingDown])
  // A status, since the subscriber would not retry after an error in a stream.
  if (start.phase === 'rejected' && start.errors.some(isMasked))
    return rejectRequest(response, 500, start.errors)

  const stream = openEventStream(response, { signal, heartbeatMs })
  record.end(response.statusCode)
  if (start.phase === 'rejected') await stream.send({ result: JSON.stringify({ errors: start.errors }) })
  else
    for await (const message of start.messages) {
      await stream.send(message)
      if (message.result !== undefined) telemetry.subscriptions.countSentMessage()
    }
  if (signal.aborted) stream.disconnect()
  else stream.complete()
}

const isMasked = ({ extensions }: GraphQLFormattedError): boolean =>
  extensions?.['code'] === 'INTERNAL_SERVER_ERROR'
