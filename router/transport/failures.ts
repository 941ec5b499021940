/** What a client is told of a fetch without an answer, as `extensions.code`. */
export type FailureCode = 'SUBGRAPH_UNAVAILABLE' | 'SUBGRAPH_TIMEOUT'

/** A fetch has no answer. The message is for the log alone. */
export class NoAnswer extends Error {
  constructor(
    readonly code: FailureCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/**
 * The subgraph is at fault: it cannot be reached, is too slow, or answers with what no GraphQL server sends. Such a
 * fetch may be sent again, and counts for the circuit breaker.
 */
export class SubgraphFault extends NoAnswer {
  override name = 'SubgraphFault'
  /** There is no time left to send it again, or nobody to send it for. */
  isLast = false
}

/** The router did not ask: the circuit is open, or too many fetches wait. */
export class NotAsked extends NoAnswer {
  override name = 'NotAsked'
  constructor(message: string) {
    super('SUBGRAPH_UNAVAILABLE', message)
  }
}

/** The time that the whole request has is up; the subgraph's own is not. */
export class TimeUp extends NoAnswer {
  override name = 'TimeUp'
  constructor() {
    super('SUBGRAPH_TIMEOUT', 'The time of the whole request is up')
  }
}

/** Nobody waits for the answer any more. */
export class ClientGone extends NoAnswer {
  override name = 'ClientGone'
  constructor() {
    super('SUBGRAPH_UNAVAILABLE', 'The client has gone away')
  }
}

export const nonsense = (message: string, options?: ErrorOptions) =>
  new SubgraphFault('SUBGRAPH_UNAVAILABLE', message, options)
