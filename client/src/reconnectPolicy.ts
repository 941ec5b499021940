import type { ConnectionEvent } from './connection.ts'
import { GraphQLRequestError } from './errors.ts'
import type { StoredSession } from './sessionStore.ts'

/** Thrown when the client closes a connection itself, since its access token is about to expire. */
export class SessionRenewalDue extends Error {}

export interface ReconnectOptions {
  retries: number
  retryDelayMs: number
  maxRetryDelayMs: number
  /** Whether to subscribe again when events may be missing. */
  resyncs: boolean
}

const transientCodes = ['RATE_LIMITED', 'SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT']
/** The reasons of a RESYNC after which this client can resume by its last event ID. */
const resumableReasons: unknown[] = ['SHUTDOWN', 'SUPERGRAPH_CHANGED']

/** Tracks the progress of a subscription over its connections, and decides whether to reconnect. */
export class ReconnectPolicy {
  lastEventId: string | undefined
  /** A session whose access token was rejected, which must be renewed before the next connection. */
  rejectedSession: StoredSession | undefined
  #hasStarted = false
  #failures = 0
  #rejections = 0
  #isResyncDue = false

  constructor(
    private readonly operation: string,
    private readonly options: ReconnectOptions,
  ) {}

  /** Records an event or heartbeat of the endpoint. Returns whether it is the first one after events may be missing. */
  recordEvent({ type, id }: ConnectionEvent): boolean {
    this.#hasStarted = true
    const isFirstAfterGap = this.#isResyncDue
    this.#isResyncDue = false
    if (type === 'next' || id !== undefined) {
      this.lastEventId = id ?? this.lastEventId
      // After a gap, the failures count until the second event, so that repeated gaps are delayed.
      if (!isFirstAfterGap) this.resetFailures()
    }
    return isFirstAfterGap
  }

  /** Resets the number of failures in a row, since the connection is healthy. */
  resetFailures(): void {
    this.#failures = 0
    this.#rejections = 0
  }

  /**
   * Returns the delay before the next connection, in milliseconds.
   *
   * @param error the cause of the end of the last connection
   * @param session the session of the last connection
   * @throws the error that ends the subscription
   */
  delayMsAfter(error: unknown, session: StoredSession | null): number {
    if (error instanceof SessionRenewalDue) return 0
    const isRejected = isRejection(error)
    const isGap = isResync(error) && !isResumable(error)
    if (isRejected) {
      if (!session || this.#rejections++ > 0) throw error
      this.rejectedSession = session
    } else if (!this.#isTransient(error) && !(isGap && this.options.resyncs)) throw error
    if (isGap || (this.#hasStarted && this.lastEventId === undefined)) this.#startAgain(error)
    if (isRejected) return 0
    const { retries, retryDelayMs, maxRetryDelayMs } = this.options
    if (this.#failures >= retries) throw error
    const backoffMs = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** this.#failures++)
    return Math.max(Math.random() * backoffMs, readRetryAfterMs(error))
  }

  /** Prepares a connection that begins with future events, since this subscription cannot resume. */
  #startAgain(error: unknown): void {
    if (!this.options.resyncs)
      throw error instanceof GraphQLRequestError && !isRejection(error)
        ? error
        : resyncRequired(this.operation)
    this.lastEventId = undefined
    this.#isResyncDue = true
  }

  #isTransient(error: unknown): boolean {
    // The first connection fails like a request.
    if (!this.#hasStarted) return false
    if (!(error instanceof GraphQLRequestError)) return true
    if (error.errors.length === 0) return error.status >= 500 || error.status === 429
    if (isResync(error)) return isResumable(error)
    return hasNoData(error) && transientCodes.some((code) => error.has(code))
  }
}

const hasNoData = ({ data }: GraphQLRequestError) => data === null
const isRejection = (error: unknown) =>
  error instanceof GraphQLRequestError && hasNoData(error) && error.has('UNAUTHENTICATED')
const isResync = (error: unknown): error is GraphQLRequestError =>
  error instanceof GraphQLRequestError && error.has('RESYNC')
const isResumable = ({ errors }: GraphQLRequestError) =>
  resumableReasons.includes(errors[0]?.extensions?.['reason'])

function readRetryAfterMs(error: unknown): number {
  const seconds = error instanceof GraphQLRequestError && error.errors[0]?.extensions?.retryAfter
  return typeof seconds === 'number' ? seconds * 1_000 : 0
}

/** Creates the error that the router sends when it has lost the connection to a subgraph. */
function resyncRequired(operation: string): GraphQLRequestError {
  const message =
    'Events may have been missed because the connection was lost. Reload the data, and subscribe again.'
  return new GraphQLRequestError(operation, 200, [
    { message, extensions: { code: 'RESYNC', reason: 'CONNECTION_LOST' } },
  ])
}
