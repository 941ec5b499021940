import { GraphQLRequestError } from './errors.ts'
import type { ServerSentEvent } from './eventStream.ts'
import type { StoredSession } from './sessionStore.ts'

/** Thrown when the client closes a connection itself, since its access token is about to expire. */
export class SessionRenewalDue extends Error {}

export interface RetryOptions {
  retries: number
  retryDelayMs: number
  maxRetryDelayMs: number
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

  constructor(
    private readonly operation: string,
    private readonly options: RetryOptions,
  ) {}

  /** Records an event or heartbeat of the endpoint. */
  recordEvent({ type, id }: ServerSentEvent): void {
    this.#hasStarted = true
    if (type !== 'next' && id === undefined) return
    this.lastEventId = id ?? this.lastEventId
    this.resetFailures()
  }

  /** Resets the number of failures in a row, since the connection is healthy. */
  resetFailures(): void {
    this.#failures = 0
    this.#rejections = 0
  }

  /**
   * Returns the delay before the next connection, in milliseconds.
   *
   * @param error what ended the last connection
   * @param session the session of the last connection
   * @throws the error that ends the subscription
   */
  delayMsAfter(error: unknown, session: StoredSession | null): number {
    if (error instanceof SessionRenewalDue) return 0
    const isRejected = error instanceof GraphQLRequestError && error.has('UNAUTHENTICATED')
    if (isRejected) {
      if (!session || this.#rejections++ > 0 || !hasNoData(error)) throw error
      this.rejectedSession = session
    } else if (!this.#isTransient(error)) throw error
    if (this.#hasStarted && this.lastEventId === undefined) {
      const isFailure = error instanceof GraphQLRequestError && !isRejected
      throw isFailure ? error : resyncRequired(this.operation)
    }
    if (isRejected) return 0
    const { retries, retryDelayMs, maxRetryDelayMs } = this.options
    if (this.#failures >= retries) throw error
    const backoffMs = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** this.#failures++)
    return Math.max(Math.random() * backoffMs, readRetryAfterMs(error))
  }

  #isTransient(error: unknown): boolean {
    // The first connection fails like a request.
    if (!this.#hasStarted) return false
    if (!(error instanceof GraphQLRequestError)) return true
    if (error.errors.length === 0) return error.status >= 500 || error.status === 429
    if (error.has('RESYNC')) return resumableReasons.includes(error.errors[0]?.extensions?.['reason'])
    return hasNoData(error) && transientCodes.some((code) => error.has(code))
  }
}

const hasNoData = ({ data }: GraphQLRequestError) => data === null

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
