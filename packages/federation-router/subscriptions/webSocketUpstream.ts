import { GRAPHQL_TRANSPORT_WS_PROTOCOL, MessageType, stringifyMessage, validateMessage } from 'graphql-ws'
import { on } from 'node:events'
import { WebSocket } from 'ws'

import { parseJson, stringifyJson } from '../../platform'
import { connectTimeoutMs } from '../../platform/http/httpClient'

/** A message of a subgraph: the subscription is accepted, or has an event. */
type UpstreamMessage = { type: 'open' } | { type: 'next'; data: string }

interface WebSocketUpstreamOptions {
  url: string
  /** The JSON text of the GraphQL request. */
  body: string
  createHeaders(): Record<string, string>
  /** In bytes. */
  maxEventLength: number
  signal: AbortSignal
}

const acknowledgeTimeoutMs = 2_000
const pingIntervalMs = 15_000
/** A subgraph that has sent nothing for this long is unreachable: it responds to pings. */
const idleTimeoutMs = 40_000
const operationId = '1'

/**
 * Receives the source events of one subscription over a WebSocket of its own
 * (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), until the subgraph completes it. The headers are sent with the
 * handshake, and as the payload of `connection_init`.
 *
 * @throws Error when the connection fails
 */
export async function* receiveOverWebSocket(
  options: WebSocketUpstreamOptions,
): AsyncGenerator<UpstreamMessage, void> {
  const { url, body, createHeaders, maxEventLength, signal } = options
  const { accept: _accept, 'content-type': _contentType, ...headers } = createHeaders()
  const socket = new WebSocket(url.replace(/^http/, 'ws'), GRAPHQL_TRANSPORT_WS_PROTOCOL, {
    headers,
    maxPayload: maxEventLength,
    handshakeTimeout: connectTimeoutMs,
  })
  socket.once('open', () =>
    socket.send(stringifyMessage({ type: MessageType.ConnectionInit, payload: headers })),
  )
  const stopKeepAlive = keepAlive(socket)
  // A subgraph that responds to pings may still never acknowledge the connection.
  const acknowledgementTimer = setTimeout(() => socket.terminate(), connectTimeoutMs + acknowledgeTimeoutMs)
  let isAcknowledged = false
  let closeCode = 0
  socket.once('close', (code) => (closeCode = code))
  try {
    // Pauses the socket while events wait (backpressure).
    const messages = on(socket, 'message', { signal, close: ['close'], highWaterMark: 2, lowWaterMark: 1 })
    for await (const [data] of messages) {
      const message = validateMessage(parseJson(String(data)))
      switch (message.type) {
        case MessageType.ConnectionAck:
          if (isAcknowledged) throw createUnexpectedError(message.type)
          isAcknowledged = true
          clearTimeout(acknowledgementTimer)
          yield { type: 'open' }
          socket.send(`{"id":"${operationId}","type":"subscribe","payload":${body}}`)
          break
        case MessageType.Ping:
          socket.send(stringifyMessage({ type: MessageType.Pong }))
          break
        case MessageType.Next:
          yield { type: 'next', data: stringifyJson(message.payload) }
          break
        case MessageType.Error:
          // A refused subscription: the errors are its only event.
          yield { type: 'next', data: stringifyJson({ errors: message.payload }) }
          return
        case MessageType.Complete:
          return
        case MessageType.Pong:
          break
        default:
          throw createUnexpectedError(message.type)
      }
    }
    throw new Error(`The WebSocket was closed with ${closeCode} before the subscription was complete`)
  } finally {
    clearTimeout(acknowledgementTimer)
    stopKeepAlive()
    socket.on('error', () => undefined)
    if (socket.readyState === WebSocket.OPEN) socket.close(1000)
    else socket.terminate()
  }
}

const createUnexpectedError = (type: MessageType): Error =>
  new Error(`Unexpected message of type ${type} received`)

/** Terminates a socket whose subgraph no longer responds. @returns a function that stops it */
function keepAlive(socket: WebSocket): () => void {
  const idle = setTimeout(() => socket.terminate(), idleTimeoutMs)
  const refresh = () => idle.refresh()
  const pings = setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) socket.ping()
  }, pingIntervalMs)
  socket.on('message', refresh).on('ping', refresh).on('pong', refresh)
  return () => {
    clearTimeout(idle)
    clearInterval(pings)
  }
}
