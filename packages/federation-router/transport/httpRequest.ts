import type { Dispatcher } from 'undici'

import { concatChunks } from '../../platform/http/server'
import type { AbortSignalLike } from '../../platform/async/abortHandle'
import type { ConnectionPool } from './connectionPool'
import { ClientDisconnectedError, SubgraphFaultError, DeadlineExceededError } from './errors'

/** The bytes of all answers that are being received, so that many large ones at once stay bounded, too. */
export interface ReceivedBytes {
  bytes: number
}

export interface HttpRequestOptions {
  path: string
  /** Names and values in turn. */
  headers: string[]
  body: string | Buffer
  timeoutMs: number
  /** When it is sent, in milliseconds of the monotonic clock (`performance.now`). */
  sentAtMs: number
  /** Until when, by the same clock, the whole request must be answered: it may be earlier. */
  deadline: number
  /** Called once when little of the time is left. */
  onNearTimeout?: (() => void) | undefined
  /** In bytes, for one answer; all together may have twice as much. */
  maxBytes: number
  received: ReceivedBytes
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignalLike
}

/** A response's status and body: GraphQL errors may come with any status. */
export interface HttpResponse {
  status: number
  bytes: Buffer
}

/** How long before the end of its time `onLate` is called, in milliseconds; never before half of it. */
const noticeMilliseconds = 600

/**
 * Sends one request and receives its answer, through undici's `dispatch`: what is made for each request is a timer and
 * this one object. The time counts until the last byte, so that an answer that only drips has an end.
 *
 * @throws SubgraphFault where there is no whole response; TimeUp, ClientGone
 */
export function sendHttpRequest(
  connections: ConnectionPool,
  options: HttpRequestOptions,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const { path, headers, body } = options
    const connection = connections.acquire()
    const ended = () => connections.release(connection)
    connection.dispatch(
      { method: 'POST', path, headers, body },
      new Receiver(options, ended, resolve, reject),
    )
  })
}

/**
 * Has the form of undici 7's own handlers, which is deprecated for whoever writes one, since undici 8 has another: what has
 * that one (`onRequestStart` …) is wrapped here, in two objects and one of all headers for each request.
 */
class Receiver implements Dispatcher.DispatchHandler {
  private phase: 'waiting' | 'settled' = 'waiting'
  private abort: ((error: Error) => void) | undefined
  private status = 0
  private size = 0
  private chunks: Buffer[] = []
  private readonly time: number
  private timer: NodeJS.Timeout

  constructor(
    private readonly options: HttpRequestOptions,
    private readonly ended: () => void,
    private readonly resolve: (reply: HttpResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {
    const { signal } = options
    this.time = Math.min(options.timeoutMs, options.deadline - options.sentAtMs)
    this.timer = setTimeout(this.onNotice, this.time - this.notice)
    signal.addEventListener('abort', this.onAbort)
  }

  /** The time ends in two steps: a process that was busy reads a response that has arrived before the second one. */
  private readonly onNotice = () => {
    this.timer = setTimeout(() => this.fail(this.lateness()), this.notice)
    this.options.onNearTimeout?.()
  }

  private readonly onAbort = () => this.fail(new ClientDisconnectedError())

  onConnect(abort: (error?: Error) => void): void {
    // It has waited for a connection until nobody wanted it any more. To abort it now would end the connection; what is
    // thrown here ends the request alone, which has not been written yet.
    if (this.phase === 'settled') throw new ClientDisconnectedError()
    this.abort = abort
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    this.status = status
    const length = lengthIn(headers)
    if (length > this.options.maxBytes)
      this.fail(new SubgraphFaultError('tooLarge', `A response of ${length} bytes`))
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.phase === 'settled') return true
    const { maxBytes, received } = this.options
    this.size += chunk.length
    received.bytes += chunk.length
    this.chunks.push(chunk)
    if (this.size > maxBytes)
      this.fail(new SubgraphFaultError('tooLarge', `A response of more than ${maxBytes} bytes`))
    else if (received.bytes > 2 * maxBytes)
      this.fail(new SubgraphFaultError('noMemory', `More than ${2 * maxBytes} bytes of responses at once`))
    return true
  }

  onComplete(): void {
    if (this.phase === 'settled') return
    const bytes = concatChunks(this.chunks, this.size)
    this.settle()
    this.resolve({ status: this.status, bytes })
  }

  onError(error: Error): void {
    // undici calls `onConnect` just before it writes the request: without that, the subgraph has received none of it.
    const kind = this.abort ? 'disconnected' : 'unreachable'
    this.fail(new SubgraphFaultError(kind, 'No whole response', { cause: error }))
  }

  private get notice(): number {
    return Math.min(noticeMilliseconds, this.time / 2)
  }

  private lateness(): Error {
    const { timeoutMs } = this.options
    if (this.time < timeoutMs) return new DeadlineExceededError()
    return new SubgraphFaultError('timeout', `No answer within ${timeoutMs} ms`)
  }

  private fail(error: Error): void {
    if (this.phase === 'settled') return
    this.settle()
    this.reject(error)
    // Ends the connection: the subgraph sees that nobody waits.
    this.abort?.(error)
  }

  private settle(): void {
    this.phase = 'settled'
    clearTimeout(this.timer)
    this.options.signal.removeEventListener('abort', this.onAbort)
    this.options.received.bytes -= this.size
    this.chunks = []
    this.ended()
  }
}

/** What a response says of its length, in bytes; 0 where it says nothing. @param headers names and values in turn */
function lengthIn(headers: readonly Buffer[]): number {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]
    if (name?.length === contentLength.length && name.toString('latin1').toLowerCase() === contentLength)
      return Number(headers[index + 1]?.toString('latin1'))
  }
  return 0
}

const contentLength = 'content-length'
