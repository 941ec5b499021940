import { AsyncLocalStorage } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** The header in which the router says how long a query's response may take, in whole milliseconds. */
export const requestTimeoutHeader = 'x-request-timeout-ms'

/** What bounds the reads of one request. */
export interface RequestScope {
  /** On the clock of `performance.now()`. */
  readonly deadline: number
  /** Aborted with {@link RequestEnded} when the client disconnects before it has its response. */
  readonly signal: AbortSignal
}

/** Nobody waits for the result any more: the request's deadline has passed, or its client has disconnected. */
export class RequestEnded extends Error {
  override name = 'RequestEnded'
}

/** The rest of the time is left for the response to travel: what was read in time reaches the client. */
const shareForReads = 0.9

const scopes = new AsyncLocalStorage<RequestScope | undefined>()

/**
 * Answers a request that names a timeout in a scope, which everything that is read for it finds in {@link currentScope}.
 * A request without the header has none: once begun, a mutation is not interrupted.
 */
export function answerInScope<Result>(
  request: IncomingMessage,
  response: ServerResponse,
  answer: () => Result,
): Result {
  const timeoutMs = Number(request.headers[requestTimeoutHeader])
  if (!(timeoutMs > 0)) return answer()
  const deadline = performance.now() + timeoutMs * shareForReads
  const controller = new AbortController()
  // Each read that is under way listens.
  setMaxListeners(0, controller.signal)
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new RequestEnded('The client has disconnected.'))
  })
  return runInScope({ deadline, signal: controller.signal }, answer)
}

/** Runs work, and all that follows from it, in a scope. */
export const runInScope = <Result>(scope: RequestScope, work: () => Result): Result => scopes.run(scope, work)

/** Runs work that a request causes, but that must not end with it: what it shares with others, or writes. */
export const runOutOfScope = <Result>(work: () => Result): Result => scopes.run(undefined, work)

/** Returns the scope of the request that is being answered; undefined for consumers, sweepers and mutations. */
export const currentScope = (): RequestScope | undefined => scopes.getStore()
