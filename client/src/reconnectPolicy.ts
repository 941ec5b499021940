import { GraphQLRequestError } from './errors.ts'
import type { ServerSentEvent } from './eventStream.ts'
import type { StoredSession } from './sessionStore.ts'

/** The client itself has left a connection, since its access token is about to expire. */
export class SessionRenewalDue extends Error {}

export interface RetryOptions {
  retries: number
  retryDelay: number
  maxRetryDelay: number
}

/** What ends a connection for reasons that pass. */
const passing = ['RATE_LIMITED', 'SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT']
/** RESYNC is said to those, too, who cannot go on after an event. */
const passingReasons: unknown[] = ['SHUTDOWN', 'SUPERGRAPH_CHANGED']

/** How far a subscription has come over all of its connections, and whether there is to be another one. */
export class ReconnectPolicy {
  lastEventId: string | undefined
  /** Whose access token was refused: it is to be renewed before the next connection. */
  rejectedSession: StoredSession | undefined
  #hasBegun = false
  #failures = 0
  #refusals = 0

  constructor(
    private readonly operation: string,
    private readonly options: RetryOptions,
  ) {}

  /** The endpoint has sent something beside errors: a heartbeat, at least. */
  recordEvent({ type, id }: ServerSentEvent): void {
    this.#hasBegun = true
    if (type !== 'next' && id === undefined) return
    this.lastEventId = id ?? this.lastEventId
    this.resetFailures()
  }

  /** The connection is as it should be: what went wrong before counts no more. */
  resetFailures(): void {
    this.#failures = 0
    this.#refusals = 0
  }

  /**
   * @param session with which the connection was made
   * @returns how long to wait before the next one, in milliseconds
   * @throws what ends the subscription
   */
  delayMsAfter(error: unknown, session: StoredSession | null): number {
    if (error instanceof SessionRenewalDue) return 0
    const isRefused = error instanceof GraphQLRequestError && error.has('UNAUTHENTICATED')
    if (isRefused) {
      if (!session || this.#refusals++ > 0 || !hasNoData(error)) throw error
      this.rejectedSession = session
    } else if (!this.#isPassing(error)) throw error
    if (this.#hasBegun && this.lastEventId === undefined)
      throw isRefused || !(error instanceof GraphQLRequestError) ? lost(this.operation) : error
    if (isRefused) return 0
    const { retries, retryDelay, maxRetryDelay } = this.options
    if (this.#failures >= retries) throw error
    const delay = Math.random() * Math.min(maxRetryDelay, retryDelay * 2 ** this.#failures++)
    return Math.max(delay, retryAfterOf(error))
  }

  #isPassing(error: unknown): boolean {
    // The first connection is like a request.
    if (!this.#hasBegun) return false
    if (!(error instanceof GraphQLRequestError)) return true
    if (error.errors.length === 0) return error.status >= 500 || error.status === 429
    if (error.has('RESYNC')) return passingReasons.includes(error.errors[0]?.extensions?.['reason'])
    return hasNoData(error) && passing.some((code) => error.has(code))
  }
}

const hasNoData = ({ data }: GraphQLRequestError) => data === null

function retryAfterOf(error: unknown): number {
  const seconds = error instanceof GraphQLRequestError && error.errors[0]?.extensions?.retryAfter
  return typeof seconds === 'number' ? seconds * 1_000 : 0
}

/** In the words of the router, which says so where it has lost a subgraph. */
function lost(operation: string): GraphQLRequestError {
  const message =
    'Events may have been missed, since the connection was lost. Read what you show anew, and subscribe again.'
  return new GraphQLRequestError(operation, 200, [
    { message, extensions: { code: 'RESYNC', reason: 'CONNECTION_LOST' } },
  ])
}
