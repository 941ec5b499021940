import type { ApolloServer, BaseContext } from '@apollo/server'
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql'
import type { ServerResponse } from 'node:http'

import type { ErrorFormatter } from '../graphql/errorFormatter'
import {
  executeHttpOperation,
  sendGraphqlResponse,
  type GraphqlHttpRequest,
} from '../../platform/http/graphqlRoute'
import { sendJson } from '../../platform/http/server'
import { startSubscription, type StartSubscriptionOptions } from './startSubscription'
import { readOperation, type ValidSubscription } from './readOperation'
import { acceptsEventStream, openEventStream } from '../../sse/writer'

export interface SubscriptionServerOptions<Context extends BaseContext> {
  schema: GraphQLSchema
  /** Answers whatever is no valid subscription. */
  server: ApolloServer<Context>
  formatError: ErrorFormatter
  heartbeatMs: number
}

export type CreateContext<Context> = StartSubscriptionOptions<Context>['createContext']

/** The streams of one server. */
export interface SubscriptionServer<Context extends BaseContext> {
  /** Answers a request that accepts server-sent events, until its stream ends. @returns false for any other */
  handle(arrival: GraphqlHttpRequest<Context>, createContext: CreateContext<Context>): Promise<boolean>
  /** Cuts all streams, and takes no more: whoever subscribes goes on at another process. */
  disconnectAll(): void
}

/**
 * Answers over server-sent events, in graphql-sse's distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md), with the id of each happening: whoever sends the last
 * one back as `last-event-id` goes on after it. Written here, since that library's server writes no ids, completes what it
 * cuts, and keeps all that a slow subscriber has not read.
 */
export function createSubscriptionServer<Context extends BaseContext>(
  options: SubscriptionServerOptions<Context>,
): SubscriptionServer<Context> {
  const streams = new Set<AbortController>()
  let phase: 'open' | 'ended' = 'open'

  async function followUntilEnded(
    arrival: GraphqlHttpRequest<Context>,
    asked: ValidSubscription,
    createContext: CreateContext<Context>,
  ): Promise<void> {
    const controller = abortedWith(arrival.response)
    streams.add(controller)
    try {
      await follow(options, arrival, asked, createContext, controller.signal)
    } finally {
      streams.delete(controller)
    }
  }

  return {
    async handle(arrival, createContext) {
      const { request, response, method, body } = arrival
      if (method !== 'POST' || !acceptsEventStream(request.headers.accept)) return false
      const asked = readOperation(options.schema, body)
      if (phase === 'ended') refuse(response, 503, [stopping])
      else if (asked.kind !== 'subscription') await answerOther(options, arrival, asked.kind === 'other')
      else await followUntilEnded(arrival, asked, createContext)
      return true
    },
    disconnectAll() {
      phase = 'ended'
      for (const stream of streams) stream.abort()
    },
  }
}

/** @returns a controller that the end of the response aborts, too */
function abortedWith(response: ServerResponse): AbortController {
  const controller = new AbortController()
  response.once('close', () => controller.abort())
  if (response.destroyed) controller.abort()
  return controller
}

const stopping: GraphQLFormattedError = { message: 'This process is being stopped.' }

function refuse(response: ServerResponse, status: number, errors: GraphQLFormattedError[]): void {
  if (response.destroyed) return
  response.setHeader('connection', 'close')
  sendJson(response, status, { errors })
}

/**
 * What Apollo Server answers, so that the words of errors are those that a query gets. It is the only result of a stream, or,
 * where no operation was found, an answer of JSON with a status.
 */
async function answerOther<Context extends BaseContext>(
  { server, heartbeatMs }: SubscriptionServerOptions<Context>,
  arrival: GraphqlHttpRequest<Context>,
  isOperation: boolean,
): Promise<void> {
  const { request, response } = arrival
  const { signal } = abortedWith(response)
  const answer = await executeHttpOperation(server, arrival, {
    ...request.headers,
    accept: 'application/json',
  })
  if (signal.aborted) return
  if (!isOperation || answer.body.kind !== 'complete') return sendGraphqlResponse(response, answer)
  const stream = openEventStream(response, { signal, heartbeatMs })
  await stream.send({ result: answer.body.string.trim() })
  stream.complete()
}

async function follow<Context extends BaseContext>(
  { schema, formatError, heartbeatMs }: SubscriptionServerOptions<Context>,
  { request, response }: GraphqlHttpRequest<Context>,
  { document, operationName, variableValues }: ValidSubscription,
  createContext: CreateContext<Context>,
  signal: AbortSignal,
): Promise<void> {
  const args = { schema, document, operationName, variableValues }
  const lastId = request.headers['last-event-id']
  const after = typeof lastId === 'string' ? lastId : undefined
  const begun = await startSubscription({
    args,
    createContext,
    stream: { after, signal },
    formatError,
  })
  if (signal.aborted) return refuse(response, 503, [stopping])
  // It may succeed another time, which whoever is told an error in a stream would not try.
  if (begun.phase === 'refused' && begun.errors.some(isMasked)) return refuse(response, 500, begun.errors)

  const stream = openEventStream(response, { signal, heartbeatMs })
  if (begun.phase === 'refused') await stream.send({ result: JSON.stringify({ errors: begun.errors }) })
  else for await (const told of begun.told) await stream.send(told)
  if (signal.aborted) stream.disconnect()
  else stream.complete()
}

const isMasked = ({ extensions }: GraphQLFormattedError): boolean =>
  extensions?.['code'] === 'INTERNAL_SERVER_ERROR'
