import type { GraphQLResponse, SerializedOperation } from './sendOperation.ts'

/** An event of a subscription, over any protocol. */
export interface ConnectionEvent {
  /** A result, the end of the subscription, or a resume position or heartbeat. */
  type: 'next' | 'complete' | 'position'
  /** The result of `next`; undefined for one that is not valid. */
  result?: GraphQLResponse<unknown> | undefined
  /** The event after which the subscription can resume; undefined if there was none so far. */
  id: string | undefined
}

export interface ConnectionOptions {
  accessToken: string | undefined
  /** The event after which the subscription resumes; without it, it starts with future events. */
  lastEventId: string | undefined
  /** The longest time without data, in milliseconds. */
  idleTimeoutMs: number
  signal: AbortSignal
}

/**
 * Opens a subscription and yields its events. Ends it when the consumer stops.
 *
 * @throws GraphQLRequestError when the operation is refused; another error when the connection fails, or is idle too long
 */
export type OpenConnection = (
  operation: SerializedOperation,
  options: ConnectionOptions,
) => AsyncGenerator<ConnectionEvent, void>
