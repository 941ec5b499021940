import {
  GraphQLError,
  GraphQLSchema,
  parse,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql'
import { makeServer, type SubscribePayload } from 'graphql-ws'

import type { ResponseStatus } from '../request/accessLog'
import type { RouterContext } from '../request/context'
import { SubscriptionMessage } from './messages'
import { readResponseText } from '../request/response'
import type { ProcessOperation } from './operation'
import { SubscriberQueue } from './subscriberQueue'

/** Who is at the other end of a socket. */
export interface WebSocketConnection {
  /**
   * Identifies the client by the payload of `connection_init`.
   *
   * @throws GraphQLError for a token that is refused, and for a viewer with too many sockets
   */
  identify(authorization: string | undefined): Promise<void>
  startOperation(): WebSocketOperation
  /** Resolves once it has left. */
  send(message: Buffer): Promise<void>
  /** Closes the socket with the error that `identify` has thrown. */
  refuse(error: GraphQLError): void
}

/** One operation of a socket. */
export interface WebSocketOperation {
  /** @throws GraphQLError when its token has expired, and when its client has too many operations open */
  createContext(): Promise<RouterContext>
  /** To be called once, when the operation has ended in any way. */
  complete(status: ResponseStatus): void
}

/**
 * The protocol graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), for queries and
 * mutations, too. An operation goes the way of a request over HTTP: the library is left with the messages alone, without
 * those of events, which it would write anew for each client.
 */
export function createWebSocketProtocol(processOperation: ProcessOperation) {
  const take = ({ contextValue }: ExecutionArgs) => {
    if (!(contextValue instanceof WrittenEvents)) throw new Error('An operation without events')
    return contextValue
  }
  return makeServer<Record<string, unknown> | undefined, WebSocketConnection>({
    async onConnect({ connectionParams, extra }) {
      try {
        await extra.identify(authorizationOf(connectionParams))
        return true
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error
        extra.refuse(error)
        return false
      }
    },
    async onSubscribe({ extra }, id, payload) {
      const { createContext, complete } = extra.startOperation()
      const { status, opened } = await open(processOperation, createContext, payload).catch(
        (error: unknown) => {
          complete('aborted')
          throw error
        },
      )
      if (opened instanceof SubscriberQueue) {
        const send = extra.send
        return {
          ...anyOperation,
          contextValue: new WrittenEvents({ events: opened, id, status, send, answered: complete }),
        }
      }
      complete(status)
      return opened
    },
    execute: take,
    subscribe: take,
  })
}

/** The library looks for an operation before it asks for its events. */
const anyOperation = { schema: new GraphQLSchema({}), document: parse('subscription { events }') }

/** @returns errors for an operation that is refused as a whole, and the status that each has over HTTP */
async function open(
  processOperation: ProcessOperation,
  createContext: WebSocketOperation['createContext'],
  body: SubscribePayload,
): Promise<{ status: number; opened: SubscriberQueue | GraphQLError[] }> {
  const outcome = await processOperation({
    method: 'POST',
    search: '',
    body,
    headers: { 'content-type': 'application/json' },
    createContext,
    stream: { readLastEventId: () => undefined },
  })
  if (outcome.kind === 'events') return { status: 200, opened: outcome.events }
  const { status } = outcome.response
  const text = readResponseText(outcome.response)
  const { data, errors = [] } = JSON.parse(text) as FormattedExecutionResult
  if (data === undefined) return { status, opened: errors.map((error) => new Refusal(error)) }
  const events = new SubscriberQueue(Infinity, () => undefined)
  events.end(new SubscriptionMessage(text))
  return { status, opened: events }
}

/** An error as it is sent. */
class Refusal extends GraphQLError {
  constructor(private readonly formatted: GraphQLFormattedError) {
    super(formatted.message)
  }

  override toJSON(): GraphQLFormattedError {
    return this.formatted
  }
}

interface Writing {
  events: SubscriberQueue
  /** Of the operation, as its client has it. */
  id: string
  status: number
  send: WebSocketConnection['send']
  answered(status: ResponseStatus): void
}

const end = Buffer.from('}')

/** Events that are written where they are asked for: the library finds none, and says that there are no more. */
class WrittenEvents implements AsyncIterableIterator<ExecutionResult, undefined, undefined> {
  constructor(private readonly writing: Writing) {}

  async next(): Promise<IteratorReturnResult<undefined>> {
    const { events, id, status, send, answered } = this.writing
    const start = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)
    for await (const { kind, bytes } of events)
      if (kind !== 'position') await send(Buffer.concat([start, bytes, end]))
    answered(status)
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    const { events, answered } = this.writing
    answered('aborted')
    await events.return()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** Clients write the header's name in any case. */
function authorizationOf(parameters: Record<string, unknown> | undefined): string | undefined {
  for (const [name, value] of Object.entries(parameters ?? {}))
    if (name.toLowerCase() === 'authorization' && typeof value === 'string') return value
  return undefined
}
