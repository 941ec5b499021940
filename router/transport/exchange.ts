import type { Dispatcher } from 'undici'

import { joinChunks } from '../../subgraphs/shared/http'
import type { Cancellation } from '../cancellation'
import type { Connections } from './connections'
import { ClientGone, nonsense, SubgraphFault, TimeUp } from './failures'

/** The bytes of all answers that are being received, so that many large ones at once stay bounded, too. */
export interface Received {
  bytes: number
}

export interface Exchange {
  path: string
  /** Names and values in turn. */
  headers: string[]
  body: string | Buffer
  timeoutMilliseconds: number
  /** Until when, in milliseconds since the epoch, the whole request must be answered: it may be earlier. */
  deadline: number
  /** In bytes, for one answer; all together may have twice as much. */
  limit: number
  received: Received
  /** Aborts when nobody waits for the answer any more. */
  signal: Cancellation
}

/** An answer's body. 400 comes with the errors of an operation that is refused as a whole. */
export interface Reply {
  status: number
  bytes: Buffer
}

/** What is read of a body that nobody needs, so that its connection can be used again. */
const unusedLimit = 64 * 1024

/**
 * Sends one request and receives its answer, through undici's `dispatch`: what is made for each request is a timer and
 * this one object. The time counts until the last byte, so that an answer that only drips has an end.
 *
 * @throws SubgraphFault for whatever is no answer of status 200 to 299 or 400; TimeUp, ClientGone
 */
export function exchange(connections: Connections, options: Exchange): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { path, headers, body } = options
    const connection = connections.take()
    const ended = () => connections.giveBack(connection)
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
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly options: Exchange,
    private readonly ended: () => void,
    private readonly resolve: (reply: Reply) => void,
    private readonly reject: (error: Error) => void,
  ) {
    const { timeoutMilliseconds, deadline, signal } = options
    const left = deadline - Date.now()
    this.timer =
      left < timeoutMilliseconds
        ? setTimeout(this.onDeadline, left)
        : setTimeout(this.onTimeout, timeoutMilliseconds)
    signal.addEventListener('abort', this.onAbort)
  }

  private readonly onTimeout = () =>
    this.fail(
      new SubgraphFault('SUBGRAPH_TIMEOUT', `No answer within ${this.options.timeoutMilliseconds} ms`),
    )

  private readonly onDeadline = () => this.fail(new TimeUp())

  private readonly onAbort = () => this.fail(new ClientGone())

  onConnect(abort: (error?: Error) => void): void {
    // It has waited for a connection until nobody wanted it any more. To abort it now would end the connection; what is
    // thrown here ends the request alone, which has not been written yet.
    if (this.phase === 'settled') throw new ClientGone()
    this.abort = abort
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    this.status = status
    const length = this.isWanted() ? lengthIn(headers) : 0
    if (length > this.options.limit) this.fail(nonsense(`An answer of ${length} bytes`))
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.phase === 'settled') return true
    const { limit, received } = this.options
    this.size += chunk.length
    if (this.isWanted()) {
      received.bytes += chunk.length
      this.chunks.push(chunk)
      if (this.size > limit) this.fail(nonsense(`An answer of more than ${limit} bytes`))
      else if (received.bytes > 2 * limit) this.fail(nonsense('Too many large answers at once'))
    } else if (this.size > unusedLimit) this.fail(nonsense(`Status ${this.status}`))
    return true
  }

  onComplete(): void {
    if (!this.isWanted()) return this.fail(nonsense(`Status ${this.status}`))
    if (this.phase === 'settled') return
    const bytes = joinChunks(this.chunks, this.size)
    this.settle()
    this.resolve({ status: this.status, bytes })
  }

  onError(error: Error): void {
    this.fail(nonsense('No answer', { cause: error }))
  }

  private isWanted(): boolean {
    return (this.status >= 200 && this.status < 300) || this.status === 400
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
    if (this.isWanted()) this.options.received.bytes -= this.size
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
