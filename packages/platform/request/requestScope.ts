import { AsyncLocalStorage } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { TraceSpan } from '../telemetry/tracing'

/** The header in which the router sends the timeout of a query, in whole milliseconds. */
export const requestTimeoutHeader = 'x-request-timeout-ms'

/** The deadline of one request. */
export interface RequestScope {
  /** On the clock of `performance.now()`. */
  readonly deadline: number
  /** Aborted with {@link RequestEndedError} when the client disconnects before it has its response. */
  readonly signal: AbortSignal
}

/** The identity of the work of one request, or of one batch of events, in logs and traces. */
export interface WorkIdentity {
  readonly requestId?: string | undefined
  /** Undefined when traces are off. */
  readonly span?: TraceSpan | undefined
}

/** The asynchronous work that one request or one batch of events has started. */
interface CurrentWork {
  readonly identity?: WorkIdentity
  readonly scope?: RequestScope
}

/** The result is no longer needed: the request's deadline has passed, or its client has disconnected. */
export class RequestEndedError extends Error {
  override name = 'RequestEndedError'
}

/** The rest of the timeout is for sending the response, so that completed reads reach the client. */
const readShare = 0.9

const works = new AsyncLocalStorage<CurrentWork | undefined>()

/**
 * Handles a request in a scope, from which its reads get their deadline. A request without the timeout header
 * has no scope: a mutation is never interrupted. See docs/decisions/0004-request-scope.md.
 */
export function runInRequestScope<Result>(
  request: IncomingMessage,
  response: ServerResponse,
  handle: () => Result,
  identity: WorkIdentity = {},
): Result {
  const timeoutMs = Number(request.headers[requestTimeoutHeader])
  if (!(timeoutMs > 0)) return runAs(identity, handle)
  const deadline = performance.now() + timeoutMs * readShare
  const controller = new AbortController()
  // Each pending read adds a listener.
  setMaxListeners(0, controller.signal)
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new RequestEndedError('The client has disconnected.'))
  })
  return works.run({ identity, scope: { deadline, signal: controller.signal } }, handle)
}

/** Runs work, and the asynchronous operations that it starts, in a scope. */
export const runInScope = <Result>(scope: RequestScope, work: () => Result): Result =>
  works.run({ scope }, work)

/** Runs work, and the asynchronous operations that it starts, under an identity and without a deadline. */
export const runAs = <Result>(identity: WorkIdentity, work: () => Result): Result =>
  works.run({ identity }, work)

/**
 * Runs work that a request starts, but whose deadline must not apply, and which is not part of its trace: shared work and
 * writes.
 */
export const runOutOfScope = <Result>(work: () => Result): Result => works.run(undefined, work)

/** Returns a function that runs work as a part of the current work, for work that several requests share. */
export function captureWork(): <Result>(work: () => Result) => Result {
  const current = works.getStore()
  return (work) => works.run(current, work)
}

/** Returns the scope of the current request; undefined for consumers, sweepers and mutations. */
export const currentScope = (): RequestScope | undefined => works.getStore()?.scope

/** Returns the identity of the current work; undefined for background work. */
export const currentWork = (): WorkIdentity | undefined => works.getStore()?.identity

/** Returns the `traceparent` of the current work, if it is traced. */
export function currentTraceparent(): string | undefined {
  const span = works.getStore()?.identity?.span
  return span?.isRecording ? span.traceparent : undefined
}
