import { buildConnector, Client, type Dispatcher } from 'undici'

import type { AbortSignalLike } from '../async/abortHandle'
import { concatChunks } from './server'

/** Why a request has no complete response. */
type HttpFailure =
  /** No connection could be made: nothing was sent. */
  | 'unreachable'
  /** The connection ended before the response did. */
  | 'disconnected'
  | 'timeout'
  /** The request was cancelled by its signal. */
  | 'aborted'
  /** The response exceeds `maxResponseBytes`. */
  | 'tooLarge'
  /** All responses that are being received exceed the memory for them. */
  | 'noMemory'

export class HttpRequestError extends Error {
  override name = 'HttpRequestError'

  constructor(
    readonly failure: HttpFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** The size of all responses that are being received. Several clients may share it. */
export interface ReceivedBytes {
  bytes: number
}

/** A request with the method POST. */
export interface HttpRequest {
  path: string
  /** Names and values in turn. */
  headers: string[]
  body: string | Buffer
  /** The time until the last byte of the response. */
  timeoutMs: number
  /** Called once, shortly before the timeout. */
  onNearTimeout?: (() => void) | undefined
  maxResponseBytes: number
  /** All responses together may have twice as many bytes as one. */
  received?: ReceivedBytes
  signal?: AbortSignalLike
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface HttpResponse {
  status: number
  /** By their names in lower case. */
  headers: ResponseHeaders
  bytes: Buffer
  /** The headers Set-Cookie. */
  setCookies: readonly string[]
}

/** A client of one origin, with persistent connections. */
export interface HttpClient {
  /**
   * Sends a request, and returns the response with any status.
   *
   * @throws HttpRequestError without a complete response
   */
  send(request: HttpRequest): Promise<HttpResponse>
  /** Closes all connections after the requests in progress. */
  close(): Promise<void>
  /** Closes all connections, and ends requests in progress. */
  destroy(): Promise<void>
}

/** A connection, which sends one request at a time and queues the others. */
interface Connection {
  client: Client
  /** The number of requests that have been given to it and are not settled. */
  pendingRequests: number
}

/** The time for a connection to another service. */
export const connectTimeoutMs = 2_000
/** How long before the timeout `onNearTimeout` is called; never before half of the time has passed. */
const nearTimeoutMs = 600

/**
 * Creates a client. It connects when a connection is first needed, and reuses the most recently used one first. Without
 * `maxConnections` it opens as many as there are simultaneous requests; beyond that, requests wait for a connection.
 *
 * See docs/decisions/0014-subgraph-connections.md for why this is not undici's `Pool`.
 */
export function createHttpClient(origin: string, maxConnections = Infinity): HttpClient {
  const connect = buildConnector({ timeout: connectTimeoutMs })
  const connections: Connection[] = []
  /** The connections without a request; the most recently used one is the last. */
  const idle: Connection[] = []
  let shared = 0

  function acquireConnection(): Connection {
    const connection = idle.pop() ?? findSharedConnection() ?? openConnection()
    connection.pendingRequests++
    return connection
  }

  /** Returns the connections in turn once no more may be opened. */
  function findSharedConnection(): Connection | undefined {
    return connections.length < maxConnections ? undefined : connections[shared++ % connections.length]
  }

  function openConnection(): Connection {
    // Each request has a timer for all of its time.
    const client = new Client(origin, { connect, headersTimeout: 0, bodyTimeout: 0 })
    const connection = { client, pendingRequests: 0 }
    connections.push(connection)
    return connection
  }

  function releaseConnection(connection: Connection): void {
    connection.pendingRequests--
    if (connection.pendingRequests === 0) idle.push(connection)
  }

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const { path, headers, body } = request
        const connection = acquireConnection()
        const release = () => releaseConnection(connection)
        connection.client.dispatch(
          { method: 'POST', path, headers, body },
          new ResponseReceiver(request, release, resolve, reject),
        )
      }),
    async close() {
      await Promise.all(connections.map(({ client }) => client.close()))
    },
    async destroy() {
      await Promise.all(connections.map(({ client }) => client.destroy()))
    },
  }
}

const noCookies: readonly string[] = []
const noHeaders: ResponseHeaders = {}

/** Receives one response, with one timer. */
class ResponseReceiver implements Dispatcher.DispatchHandler {
  #phase: 'pending' | 'settled' = 'pending'
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: ResponseHeaders = noHeaders
  #size = 0
  #chunks: Buffer[] = []
  #setCookies: readonly string[] = noCookies
  #timer: NodeJS.Timeout
  readonly #request: HttpRequest
  readonly #release: () => void
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (error: Error) => void

  constructor(
    request: HttpRequest,
    release: () => void,
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request
    this.#release = release
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = setTimeout(this.#handleNearTimeout, request.timeoutMs - this.#noticeMs)
    request.signal?.addEventListener('abort', this.#handleAbort)
  }

  /** Times out in two steps: a process that was busy reads a response that has arrived already before the second one. */
  readonly #handleNearTimeout = () => {
    this.#timer = setTimeout(() => {
      this.#fail(new HttpRequestError('timeout', `No response within ${this.#request.timeoutMs} ms`))
    }, this.#noticeMs)
    this.#request.onNearTimeout?.()
  }

  readonly #handleAbort = () => this.#fail(new HttpRequestError('aborted', 'The request was aborted'))

  /** Called just before undici writes the request. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Settled while it waited for the connection. An abort would close the connection; an error ends only the request.
    if (this.#phase === 'settled') throw new HttpRequestError('aborted', 'The request was aborted')
    this.#controller = controller
  }

  onResponseStart(_: unknown, status: number, headers: ResponseHeaders): void {
    this.#status = status
    this.#headers = headers
    const cookies = headers['set-cookie']
    if (cookies !== undefined) this.#setCookies = Array.isArray(cookies) ? cookies : [cookies]
    const length = Number(headers['content-length'] ?? 0)
    if (length > this.#request.maxResponseBytes) this.#fail(createTooLargeError(`${length}`))
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    if (this.#phase === 'settled') return
    const { maxResponseBytes, received } = this.#request
    this.#size += chunk.length
    this.#chunks.push(chunk)
    if (received) received.bytes += chunk.length
    if (this.#size > maxResponseBytes) this.#fail(createTooLargeError(`more than ${maxResponseBytes}`))
    else if (received && received.bytes > 2 * maxResponseBytes)
      this.#fail(
        new HttpRequestError('noMemory', `More than ${2 * maxResponseBytes} bytes of responses at once`),
      )
  }

  onResponseEnd(): void {
    if (this.#phase === 'settled') return
    const bytes = concatChunks(this.#chunks, this.#size)
    this.#settle()
    this.#resolve({ status: this.#status, headers: this.#headers, bytes, setCookies: this.#setCookies })
  }

  onResponseError(_: unknown, error: Error): void {
    const failure = this.#controller ? 'disconnected' : 'unreachable'
    this.#fail(new HttpRequestError(failure, 'No complete response', { cause: error }))
  }

  get #noticeMs(): number {
    return Math.min(nearTimeoutMs, this.#request.timeoutMs / 2)
  }

  #fail(error: HttpRequestError): void {
    if (this.#phase === 'settled') return
    this.#settle()
    this.#reject(error)
    // Closes the connection, so that the server stops processing.
    this.#controller?.abort(error)
  }

  #settle(): void {
    this.#phase = 'settled'
    clearTimeout(this.#timer)
    const { signal, received } = this.#request
    signal?.removeEventListener('abort', this.#handleAbort)
    if (received) received.bytes -= this.#size
    this.#chunks = []
    this.#release()
  }
}

function createTooLargeError(size: string): HttpRequestError {
  return new HttpRequestError('tooLarge', `A response of ${size} bytes`)
}
