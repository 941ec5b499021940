import type { FetchRejection } from '../telemetry'

/** The code of a request without a response, as `extensions.code` for clients. */
type FetchErrorCode = 'SUBGRAPH_UNAVAILABLE' | 'SUBGRAPH_TIMEOUT' | 'QUERY_TOO_COMPLEX'

/**
 * The outcome of a request, as evidence of its subgraph's health: it `responded`, it `failed`, it did not respond within the
 * timeout of the request (`timedOut`) or until the deadline of the client's request (`expired`), or nothing is known (`unknown`).
 */
export type FetchOutcome = 'responded' | 'failed' | 'timedOut' | 'expired' | 'unknown'

/** A request without a usable response. Its message is for the log only. */
export class NoResponseError extends Error {
  readonly outcome: FetchOutcome = 'unknown'
  readonly problem: string | undefined

  /** @param problem completes the sentence `The service "…"` for the client; by default as the code implies */
  constructor(
    readonly code: FetchErrorCode,
    message: string,
    options?: ErrorOptions & { problem?: string | undefined },
  ) {
    super(message, options)
    this.problem = options?.problem
  }
}

interface FaultPolicy {
  code: FetchErrorCode
  outcome: FetchOutcome
  /** Which requests may be retried: mutations only when the subgraph cannot have received them. */
  retry: 'nothing' | 'queries' | 'everything'
  /** Completes the sentence `The service "…"` for the client; by default as the code implies. */
  problem?: string
}

/** Lists everything that can be wrong with a response, and its effect on retries and on the circuit breaker. */
const faults = {
  /** No connection could be made: nothing was sent. */
  unreachable: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'failed', retry: 'everything' },
  /** The subgraph closed the connection before it had received the request (RFC 9110, section 15.5.9). */
  notReceived: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'responded', retry: 'everything' },
  /** The connection ended before the response did. */
  disconnected: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'failed', retry: 'queries' },
  /** 502, 503 or 504 without a GraphQL response: a proxy or the server is temporarily unable to respond. */
  unavailable: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'failed', retry: 'queries' },
  /** A retry would take as long, and increase the load that may be the cause. */
  timeout: { code: 'SUBGRAPH_TIMEOUT', outcome: 'timedOut', retry: 'nothing' },
  /** A response that is not valid GraphQL over HTTP. */
  invalid: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'failed', retry: 'nothing' },
  /** A status from 400 to 499 without a GraphQL response: about this request, not about the subgraph. */
  rejected: { code: 'SUBGRAPH_UNAVAILABLE', outcome: 'responded', retry: 'nothing' },
  /** The response is larger than MAX_RESPONSE_BYTES. */
  tooLarge: {
    code: 'QUERY_TOO_COMPLEX',
    outcome: 'responded',
    retry: 'nothing',
    problem: 'has a response that is too large: request less at once',
  },
  /**
   * The responses that the router is receiving need too much memory together. This one fails at once: waiting would retain
   * its bytes and its connection, and the other responses could be waiting for the same.
   */
  noMemory: {
    code: 'SUBGRAPH_UNAVAILABLE',
    outcome: 'responded',
    retry: 'nothing',
    problem: 'has too many large responses in progress: try again later',
  },
} as const satisfies Record<string, FaultPolicy>

type FaultKind = keyof typeof faults

/** A request to a subgraph without a usable response. */
export class SubgraphFaultError extends NoResponseError {
  override name = 'SubgraphFaultError'
  override readonly outcome: FetchOutcome

  constructor(
    readonly kind: FaultKind,
    message: string,
    options?: ErrorOptions,
  ) {
    const policy: FaultPolicy = faults[kind]
    super(policy.code, message, { ...options, problem: policy.problem })
    this.outcome = policy.outcome
  }

  allowsRetry(kind: 'query' | 'mutation'): boolean {
    const { retry }: FaultPolicy = faults[this.kind]
    return retry === 'everything' || (retry === 'queries' && kind === 'query')
  }
}

/** The request was not sent: the circuit is open, or too many requests wait. */
export class RequestRejectedError extends NoResponseError {
  override name = 'RequestRejectedError'
  constructor(
    readonly reason: FetchRejection,
    message: string,
  ) {
    super('SUBGRAPH_UNAVAILABLE', message)
  }
}

/** The deadline of the client's request has passed, before the timeout of the subgraph. */
export class DeadlineExceededError extends NoResponseError {
  override name = 'DeadlineExceededError'
  override readonly outcome = 'expired'
  constructor() {
    super('SUBGRAPH_TIMEOUT', 'The deadline of the request has passed')
  }
}

export class ClientDisconnectedError extends NoResponseError {
  override name = 'ClientDisconnectedError'
  constructor() {
    super('SUBGRAPH_UNAVAILABLE', 'The client has disconnected')
  }
}

/** Returns why a request has no usable response, for metrics and traces: a kind of fault, `deadlineExceeded`, …. */
export function readErrorType(error: unknown): string {
  if (error instanceof SubgraphFaultError) return error.kind
  if (error instanceof RequestRejectedError) return 'rejectedByRouter'
  if (error instanceof DeadlineExceededError) return 'deadlineExceeded'
  return error instanceof ClientDisconnectedError ? 'clientDisconnected' : 'internal'
}

export const createInvalidResponseError = (message: string, options?: ErrorOptions) =>
  new SubgraphFaultError('invalid', message, options)

/** Creates the error for a status other than 2xx without a GraphQL response. */
export function createStatusError(status: number): SubgraphFaultError {
  return new SubgraphFaultError(classifyStatus(status), `Status ${status} without a GraphQL response`)
}

function classifyStatus(status: number): FaultKind {
  if (status === 408) return 'notReceived'
  if (status >= 502 && status <= 504) return 'unavailable'
  return status >= 400 && status < 500 ? 'rejected' : 'invalid'
}
