import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher, Pool } from 'undici'

import type { Cancellation } from '../cancellation'
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

const noBytes = Buffer.alloc(0)

/** What is read of a body that nobody needs, so that its connection can be used again. */
const unusedLimit = 64 * 1024

/**
 * Sends one request and receives its answer, through undici's `dispatch`: what is made for each request is a timer and
 * this one object. The time counts until the last byte, so that an answer that only drips has an end.
 *
 * @throws SubgraphFault for whatever is no answer of status 200 to 299 or 400; TimeUp, ClientGone
 */
export function exchange(pool: Pool, options: Exchange): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { path, headers, body } = options
    const receiver = new Receiver(options, resolve, reject)
    pool.dispatch({ method: 'POST', path, headers, body }, receiver)
  })
}

class Receiver implements Dispatcher.DispatchHandler {
  private phase: 'waiting' | 'settled' = 'waiting'
  private controller: Dispatcher.DispatchController | undefined
  private status = 0
  private size = 0
  private first: Buffer | undefined
  private others: Buffer[] | undefined
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly options: Exchange,
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

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It has waited for a connection until nobody wanted it any more. To abort it now would end the connection; what is
    // thrown here ends the request alone, which has not been written yet.
    if (this.phase === 'settled') throw new ClientGone()
    this.controller = controller
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status
    const length = Number(headers['content-length'] ?? 0)
    if (this.isWanted() && length > this.options.limit) this.fail(nonsense(`An answer of ${length} bytes`))
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.phase === 'settled') return
    const { limit, received } = this.options
    this.size += chunk.length
    if (!this.isWanted()) {
      if (this.size > unusedLimit) this.fail(nonsense(`Status ${this.status}`))
      return
    }
    received.bytes += chunk.length
    if (this.first) (this.others ??= []).push(chunk)
    else this.first = chunk
    if (this.size > limit) this.fail(nonsense(`An answer of more than ${limit} bytes`))
    else if (received.bytes > 2 * limit) this.fail(nonsense('Too many large answers at once'))
  }

  onResponseEnd(): void {
    if (!this.isWanted()) return this.fail(nonsense(`Status ${this.status}`))
    if (this.phase === 'settled') return
    const { first = noBytes, others } = this
    const bytes = others ? Buffer.concat([first, ...others], this.size) : first
    this.settle()
    this.resolve({ status: this.status, bytes })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
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
    this.controller?.abort(error)
  }

  private settle(): void {
    this.phase = 'settled'
    clearTimeout(this.timer)
    this.options.signal.removeEventListener('abort', this.onAbort)
    if (this.isWanted()) this.options.received.bytes -= this.size
    this.first = this.others = undefined
  }
}
