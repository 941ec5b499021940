import type { Delivery, DomainEvent } from './eventLog'

/** Stores an event log: the interface between {@link createEventLog} and each kind of server. */
export interface EventLogEngine {
  /** See {@link EventLog.publish}. */
  publish(topic: string, events: readonly DomainEvent[]): Promise<void>
  /** Returns the position of the newest event; an empty topic has one, too. */
  readNewestPosition(topic: string): Promise<string>
  /**
   * Yields the events after a position, until the signal is aborted.
   *
   * @throws EventLogGapError, also without a position; another error when the connection is lost
   */
  read(topic: string, after: string | undefined, signal: AbortSignal): AsyncIterable<readonly Delivery[]>
  /**
   * The same for a durable consumer, in one process at a time. Requesting the next batch acknowledges the
   * previous one.
   */
  readAsConsumer(
    topic: string,
    consumer: string,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<readonly Delivery[]>
  /** Returns whether the server responds within 2 s. */
  isReachable(): Promise<boolean>
  /** Called when all reads and publications have ended. */
  close(): Promise<void>
}
