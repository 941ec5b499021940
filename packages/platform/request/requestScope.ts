import { AsyncLocalStorage } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** The header in which the router says how long a query's response may take, in whole milliseconds. */
export const requestTimeoutHeader = 'x-request-timeout-ms'

/** The bounds of one request's reads. */
export interface RequestScope {
  /** On the clock of `performance.now()`. */
  readonly deadline: number
  /** Aborted with {@link RequestEndedError} when the client disconnects before it has its response. */
  readonly signal: AbortSignal
}

/** The result is no longer needed: the request's deadline has passed, or its client has disconnected. */
export class RequestEndedError extends Error {
  override name = 'RequestEnded'
}

/** The rest of the time is for sending the response, so that values which were read in time reach the client. */
const shareForReads = 0.9

const scopes = new AsyncLocalStorage<RequestScope | undefined>()

/**
 * Handles a request with a timeout in a scope, which all its reads get from {@link currentScope}. A request without the
 * header has no scope: once begun, a mutation is not interrupted. See docs/decisions/0004-request-scope.md.
 */
export function runInRequestScope<Result>(
  request: IncomingMessage,
  response: ServerResponse,
  answer: () => Result,
): Result {
  const timeoutMs = Number(request.headers[requestTimeoutHeader])
  if (!(timeoutMs > 0)) return answer()
  const deadline = performance.now() + timeoutMs * shareForReads
  const controller = new AbortController()
  // Each read under way adds a listener.
  setMaxListeners(0, controller.signal)
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new RequestEndedError('The client has disconnected.'))
  })
  return runInScope({ deadline, signal: controller.signal }, answer)
}

/** Runs work, and everything asynchronous that it starts, in a scope. */
export const runInScope = <Result>(scope: RequestScope, work: () => Result): Result => scopes.run(scope, work)

/** Runs work that a request starts, but that must not end with it: shared work, and writes. */
export const runOutOfScope = <Result>(work: () => Result): Result => scopes.run(undefined, work)

/** Returns the scope of the request that is being answered; undefined for consumers, sweepers and mutations. */
export const currentScope = (): RequestScope | undefined => scopes.getStore()
