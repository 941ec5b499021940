import type { Delivery, DomainEvent } from './eventLog'

/** Where a feed is kept: what differs from one kind of server to another. {@link createFeed} makes a feed of it. */
export interface EventLogEngine {
  /** See `Feed.publish`. */
  publish(topic: string, events: readonly DomainEvent[]): Promise<void>
  /** The position of the newest event; there is one in an empty topic, too. */
  readNewestPosition(topic: string): Promise<string>
  /**
   * What comes after a position, until the signal ends it.
   * @throws FeedGap, also where there is no position; an error when the server was lost
   */
  read(topic: string, after: string | undefined, signal: AbortSignal): AsyncIterable<readonly Delivery[]>
  /**
   * The same for a durable consumer, which one process at a time reads for. Asking for the next batch acknowledges the one
   * before.
   */
  readAsConsumer(
    topic: string,
    consumer: string,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<readonly Delivery[]>
  /** To be called when nothing is read or published any more. */
  close(): Promise<void>
}
