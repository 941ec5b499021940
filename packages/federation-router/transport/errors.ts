/** What a client is told of a fetch without an answer, as `extensions.code`. */
export type FetchErrorCode = 'SUBGRAPH_UNAVAILABLE' | 'SUBGRAPH_TIMEOUT' | 'QUERY_TOO_COMPLEX'

/**
 * What the end of a fetch shows about its subgraph: it `answered`, it `failed`, it did not respond within the timeout of
 * the fetch (`timedOut`) or until the deadline of the request (`expired`), or nothing is known (`unknown`).
 */
export type FetchOutcome = 'answered' | 'failed' | 'timedOut' | 'expired' | 'unknown'

/** A fetch has no answer. The message is for the log alone. */
export class NoResponseError extends Error {
  readonly outcome: FetchOutcome = 'unknown'

  /** @param problem completes the sentence `The service "…"` for the client; by default as the code implies */
  constructor(
    readonly code: FetchErrorCode,
    message: string,
    options?: ErrorOptions & { problem?: string | undefined },
  ) {
    super(message, options)
    this.problem = options?.problem
  }

  readonly problem: string | undefined
}

interface FaultPolicy {
  code: FetchErrorCode
  outcome: FetchOutcome
  /** Which fetches may be sent again after it: mutations only when the subgraph cannot have received them. */
  resend: 'nothing' | 'queries' | 'everything'
  /** Completes the sentence `The service "…"` for the client; by default as the code implies. */
  problem?: string
}

/** Lists everything that can be wrong with an exchange, and its effect on retries and on the circuit breaker. */
const faults = {
  /** No connection could be made: nothing was written. */
  unreachable: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'failed', resend: 'everything' },
  /** The subgraph closed the connection before it had received the request (RFC 9110, section 15.5.9). */
  notReceived: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'answered', resend: 'everything' },
  /** The connection ended before the response did. */
  disconnected: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'failed', resend: 'queries' },
  /** 502, 503 or 504 without a GraphQL response: a proxy or the server is temporarily unable to answer. */
  unavailable: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'failed', resend: 'queries' },
  /** Another try would take as long, and add to the load that may have caused it. */
  timeout: { code: 'SUBGRAPH_TIMEOUT', outcome: 'timedOut', resend: 'nothing' },
  /** A response that is not valid GraphQL over HTTP. */
  invalid: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'failed', resend: 'nothing' },
  /** A status from 400 to 499 without a GraphQL response: about this request, not about the subgraph. */
  rejected: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'answered', resend: 'nothing' },
  /** The response is larger than MAX_RESPONSE_BYTES. */
  tooLarge: {
    code: 'QUERY_TOO_COMPLEX',
    outcome: 'answered',
    resend: 'nothing',
    problem: 'has a response that is too large: request less at once',
  },
  /**
   * The responses that the router is receiving need too much memory together. This one fails at once: to wait for the
   * others it would have to keep its bytes and its connection, and those could be waiting for the same.
   */
  noMemory: {
    code: 'SUBGRAPH_UNAVAILABLE',
    outcome: 'answered',
    resend: 'nothing',
    problem: 'has too many large responses under way: try again later',
  },
} as const satisfies Record<string, FaultPolicy>

export type FaultKind = keyof typeof faults

/** An exchange with a subgraph without a usable response. */
export class SubgraphFaultError extends NoResponseError {
  override name = 'SubgraphFault'
  override readonly outcome: FetchOutcome
  /** Whether it may be sent again. Set by the channel, which knows the request. */
  mayRetry = false

  constructor(
    readonly kind: FaultKind,
    message: string,
    options?: ErrorOptions,
  ) {
    const policy: FaultPolicy = faults[kind]
    super(policy.code, message, { ...options, problem: policy.problem })
    this.outcome = policy.outcome
  }

  allowsResendOf(kind: 'query' | 'mutation'): boolean {
    const { resend }: FaultPolicy = faults[this.kind]
    return resend === 'everything' || (resend === 'queries' && kind === 'query')
  }
}

/** The router did not ask: the circuit is open, or too many fetches wait. */
export class RequestRejectedError extends NoResponseError {
  override name = 'NotAsked'
  constructor(message: string) {
    super('SUBGRAPH_UNAVAILABLE', message)
  }
}

/** The time that the whole request has is up; the subgraph's own is not. */
export class DeadlineExceededError extends NoResponseError {
  override name = 'TimeUp'
  override readonly outcome = 'expired'
  constructor() {
    super('SUBGRAPH_TIMEOUT', 'The time of the whole request is up')
  }
}

/** Nobody waits for the answer any more. */
export class ClientDisconnectedError extends NoResponseError {
  override name = 'ClientGone'
  constructor() {
    super('SUBGRAPH_UNAVAILABLE', 'The client has gone away')
  }
}

export const createInvalidResponseError = (message: string, options?: ErrorOptions) =>
  new SubgraphFaultError('invalid', message, options)

/** Returns the fault for a status other than 2xx that came without a GraphQL response. */
export function createStatusError(status: number): SubgraphFaultError {
  return new SubgraphFaultError(kindOfStatus(status), `Status ${status} without a GraphQL response`)
}

function kindOfStatus(status: number): FaultKind {
  if (status === 408) return 'notReceived'
  if (status >= 502 && status <= 504) return 'unavailable'
  return status >= 400 && status < 500 ? 'rejected' : 'invalid'
}
