import type { ApolloServer } from '@apollo/server'
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
import type { IncomingMessage } from 'node:http'

import type { RouterContext } from '../context'
import { StreamEvent } from './events'
import { openOperation } from './open'
import { EventQueue } from './queue'

/** Who is at the other end of a socket. */
export interface SocketClient {
  /** The request that the socket began with. */
  request: IncomingMessage
  /** Finds out who it is, from the payload of `connection_init`. @throws GraphQLError for a token that is refused */
  identify(authorization: string | undefined): Promise<void>
  /** For each of its operations. @throws GraphQLError when its token has expired */
  createContext(): Promise<RouterContext>
  /** For a token that is refused. */
  refuse(error: GraphQLError): void
}

/**
 * The protocol graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), for queries and
 * mutations, too. An operation goes the way of a request over HTTP: the library is left with the messages alone.
 */
export function createSocketProtocol(server: ApolloServer<RouterContext>) {
  const take = ({ contextValue }: ExecutionArgs) => {
    if (!(contextValue instanceof EventQueue)) throw new Error('An operation without events')
    return carried(contextValue)
  }
  return makeServer<Record<string, unknown> | undefined, SocketClient>({
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
    async onSubscribe({ extra }, _id, payload) {
      const opened = await open(server, extra, payload)
      return Array.isArray(opened) ? opened : { ...anyOperation, contextValue: opened }
    },
    execute: take,
    subscribe: take,
    onNext: (_context, _id, _payload, _args, result) =>
      result instanceof Carried ? result.event.value : undefined,
  })
}

/** The library looks for an operation before it asks for its events. */
const anyOperation = { schema: new GraphQLSchema({}), document: parse('subscription { events }') }

/** @returns errors for an operation that is refused as a whole */
async function open(
  server: ApolloServer<RouterContext>,
  { createContext, request }: SocketClient,
  body: SubscribePayload,
): Promise<EventQueue | GraphQLError[]> {
  const opened = await openOperation(
    server,
    { method: 'POST', search: '', body, createContext },
    { 'content-type': 'application/json', 'user-agent': request.headers['user-agent'] },
  )
  if (opened.kind === 'events') return opened.events
  const answer = opened.answer.body
  if (answer.kind !== 'complete') throw new Error('An answer in parts')
  const event = new StreamEvent(answer.string)
  const { data, errors = [] }: FormattedExecutionResult = event.value
  if (data === undefined) return errors.map((error) => new Refusal(error))
  const events = new EventQueue(Infinity, () => undefined)
  events.end(event)
  return events
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

/** An event on its way through the library, which takes it for a result of graphql-js. */
class Carried implements ExecutionResult {
  readonly data?: undefined
  constructor(readonly event: StreamEvent) {}
}

function carried(events: EventQueue): AsyncIterableIterator<ExecutionResult> {
  return {
    async next() {
      const { done, value } = await events.next()
      return done ? { done: true, value: undefined } : { done: false, value: new Carried(value) }
    },
    async return() {
      await events.return()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Clients write the header's name in any case. */
function authorizationOf(parameters: Record<string, unknown> | undefined): string | undefined {
  for (const [name, value] of Object.entries(parameters ?? {}))
    if (name.toLowerCase() === 'authorization' && typeof value === 'string') return value
  return undefined
}
