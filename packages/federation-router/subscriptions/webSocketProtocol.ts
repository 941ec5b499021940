import { GraphQLError, type FormattedExecutionResult } from 'graphql'
import { CloseCode, MessageType, stringifyMessage, validateMessage, type SubscribePayload } from 'graphql-ws'

import { isObject, parseJson, stringifyJson, type JsonObject } from '../../platform'
import type { RouterContext } from '../request/context'
import type { RequestRecord } from '../request/requestRecord'
import { readResponseText, type GraphqlResponse } from '../request/response'
import type { SubscriptionMessage } from './messages'
import type { OperationOutcome } from './operationOutcome'
import type { SubscriberQueue } from './subscriberQueue'

/** A client connected by a WebSocket. */
export interface WebSocketClient {
  /**
   * Identifies the client by the payload of `connection_init`.
   *
   * @throws GraphQLError for a token that is refused, and for a viewer with too many sockets
   */
  identify(authorization: string | undefined): Promise<void>
  /** Called for each operation. */
  startOperation(): WebSocketOperation
  /** Sends a message, and resolves when it has left the process. */
  send(message: string | Buffer): Promise<void>
  close(code: number, reason: string): void
  /** Closes the socket with the error that `identify` has thrown. */
  refuse(error: GraphQLError): void
}

/** One operation of a client. */
interface WebSocketOperation {
  record: RequestRecord
  /** @throws GraphQLError when the token has expired, or the client has too many open operations */
  createContext(): Promise<RouterContext>
  /** Called when the operation has ended, with the status that it has over HTTP. Only the first call counts. */
  complete(status: number | 'aborted'): void
}

/** Processes an operation with the parameters of its message as the body of a POST request. */
export type ProcessOperation = (
  parameters: SubscribePayload,
  operation: Pick<WebSocketOperation, 'createContext' | 'record'>,
) => Promise<OperationOutcome>

/** The protocol of one WebSocket. */
interface WebSocketProtocol {
  /** Handles a message of the client. Rejects for an internal error. */
  handleMessage(text: string): Promise<void>
  /** Aborts all operations after the socket was closed. */
  handleClose(): void
}

type ConnectionState =
  { phase: 'new'; initTimer: NodeJS.Timeout } | { phase: 'initializing' | 'acknowledged' | 'closed' }

type OperationState =
  | { phase: 'starting' }
  | { phase: 'streaming'; events: SubscriberQueue; complete: WebSocketOperation['complete'] }

const initTimeoutMs = 3_000

/**
 * Serves queries, mutations and subscriptions over the protocol graphql-transport-ws
 * (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). The server of graphql-ws would serialize each event for
 * each client again. A client that sends `extensions.lastEventId`, possibly null, receives the ids of events in
 * `extensions.eventId`, and resumes after one.
 */
export function createWebSocketProtocol(
  client: WebSocketClient,
  processOperation: ProcessOperation,
): WebSocketProtocol {
  let connection: ConnectionState = {
    phase: 'new',
    initTimer: setTimeout(
      () => client.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
      initTimeoutMs,
    ),
  }
  /** By the ids that the client has chosen. */
  const operations = new Map<string, OperationState>()

  async function initialize(payload: unknown): Promise<void> {
    if (connection.phase !== 'new')
      return client.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests')
    clearTimeout(connection.initTimer)
    connection = { phase: 'initializing' }
    try {
      await client.identify(findAuthorization(payload))
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      return client.refuse(error)
    }
    acknowledge()
    await client.send(stringifyMessage({ type: MessageType.ConnectionAck }))
  }

  function acknowledge(): void {
    if (connection.phase === 'initializing') connection = { phase: 'acknowledged' }
  }

  async function startOperation(id: string, payload: SubscribePayload): Promise<void> {
    if (connection.phase !== 'acknowledged') return client.close(CloseCode.Unauthorized, 'Unauthorized')
    if (operations.has(id))
      return client.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`)
    const starting: OperationState = { phase: 'starting' }
    operations.set(id, starting)
    const { complete, ...operation } = client.startOperation()
    try {
      const outcome = await processOperation(payload, operation)
      const isAborted = operations.get(id) !== starting
      if (outcome.kind === 'events') {
        if (isAborted) await outcome.events.return()
        else await sendEvents(id, payload, outcome.events, complete)
      } else if (outcome.kind === 'response' && !isAborted)
        await sendResponse(id, starting, outcome.response, complete)
    } finally {
      complete('aborted')
      if (operations.get(id) === starting) operations.delete(id)
    }
  }

  async function sendEvents(
    id: string,
    { extensions }: SubscribePayload,
    events: SubscriberQueue,
    complete: WebSocketOperation['complete'],
  ): Promise<void> {
    const streaming: OperationState = { phase: 'streaming', events, complete }
    operations.set(id, streaming)
    // Only a client that resumes understands positions.
    const isResumable = extensions?.['lastEventId'] !== undefined
    for await (const message of events) {
      if (isResumable) await client.send(formatNext(id, message.toFrame(formatWithEventId)))
      else if (message.kind !== 'position') await client.send(formatNext(id, message.bytes))
    }
    complete(200)
    if (operations.get(id) !== streaming) return
    operations.delete(id)
    await client.send(stringifyMessage({ id, type: MessageType.Complete }))
  }

  async function sendResponse(
    id: string,
    starting: OperationState,
    response: GraphqlResponse,
    complete: WebSocketOperation['complete'],
  ): Promise<void> {
    const { status } = response
    const text = readResponseText(response)
    const { data, errors = [] } = JSON.parse(text) as FormattedExecutionResult
    if (data === undefined) {
      complete(status)
      return client.send(stringifyMessage({ id, type: MessageType.Error, payload: errors }))
    }
    await client.send(formatNext(id, Buffer.from(text)))
    complete(status)
    // The client may have ended the operation meanwhile, and started another one with the same ID.
    if (operations.get(id) !== starting) return
    await client.send(stringifyMessage({ id, type: MessageType.Complete }))
  }

  function abortOperation(id: string): void {
    const operation = operations.get(id)
    operations.delete(id)
    if (operation?.phase !== 'streaming') return
    operation.complete('aborted')
    void operation.events.return()
  }

  return {
    async handleMessage(text) {
      let message: ReturnType<typeof validateMessage>
      try {
        message = validateMessage(parseJson(text))
      } catch {
        return client.close(CloseCode.BadRequest, 'Invalid message received')
      }
      switch (message.type) {
        case MessageType.ConnectionInit:
          return initialize(message.payload)
        case MessageType.Ping: {
          const { payload } = message
          return client.send(stringifyJson({ type: MessageType.Pong, payload }))
        }
        case MessageType.Pong:
          return undefined
        case MessageType.Subscribe:
          return startOperation(message.id, message.payload)
        case MessageType.Complete:
          return abortOperation(message.id)
        default:
          return client.close(CloseCode.BadRequest, 'Invalid message received')
      }
    },
    handleClose() {
      if (connection.phase === 'new') clearTimeout(connection.initTimer)
      connection = { phase: 'closed' }
      for (const id of [...operations.keys()]) abortOperation(id)
    },
  }
}

const payloadEnd = Buffer.from('}')

/** Formats a message of type `next` around the bytes of a response. */
function formatNext(id: string, response: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`),
    response,
    payloadEnd,
  ])
}

/** Adds the id of an event to its response, as `extensions.eventId`. A position is a response with nothing else. */
function formatWithEventId({ text, id }: SubscriptionMessage): string {
  if (id === undefined) return text || '{}'
  const extensions = `"extensions":${JSON.stringify({ eventId: id })}}`
  return text === '' ? `{${extensions}` : `${text.slice(0, -1)},${extensions}`
}

/** Finds the header among the connection parameters, in any letter case. */
function findAuthorization(parameters: unknown): string | undefined {
  const entries: JsonObject = isObject(parameters) ? parameters : {}
  for (const [name, value] of Object.entries(entries))
    if (name.toLowerCase() === 'authorization' && typeof value === 'string') return value
  return undefined
}
