import { startDurableConsumer } from '../shared/feed/durableConsumer'
import type { RunningConsumer } from '../shared/feed/feed'
import type { SubgraphTools } from '../shared/subgraph/tools'

/** Applies cancellations and deletions of events to their registrations. Each operation is idempotent. */
export interface Withdrawals {
  /** Removes those for these events, which are deleted. @throws AbortError */
  removeFrom(eventIds: readonly string[], signal: AbortSignal): Promise<void>
  /** The same for all deleted events. @throws AbortError */
  removeFromAllDeleted(signal: AbortSignal): Promise<void>
  /** Cancels those at these events, as far as they are cancelled. @throws AbortError */
  withdrawFrom(eventIds: readonly string[], signal: AbortSignal): Promise<void>
  /** The same for all events. @throws AbortError */
  withdrawEverywhere(signal: AbortSignal): Promise<void>
}

export interface CancellationsOptions extends SubgraphTools {
  events: Withdrawals
}

/**
 * Cancels the registrations of an event that is cancelled, and removes those of one that is deleted. There may be a
 * hundred thousand, so that no request waits for them: this subgraph consumes its own domain events, and a process that
 * ends midway is continued by the next one.
 */
export function createCancellations({ feed, connection, events }: CancellationsOptions) {
  const closing = new AbortController()
  let consumer: RunningConsumer | undefined
  return {
    start(): void {
      consumer = startDurableConsumer({
        feed,
        connection,
        topic: 'events',
        consumer: 'events.cancellations',
        async handle(happened) {
          const concerned = (wanted: string) => [
            ...new Set(happened.filter(({ type }) => type === wanted).map(({ entity }) => entity)),
          ]
          await events.withdrawFrom(concerned('event.cancelled'), closing.signal)
          await events.removeFrom(concerned('event.deleted'), closing.signal)
        },
        async rebuild() {
          await events.withdrawEverywhere(closing.signal)
          await events.removeFromAllDeleted(closing.signal)
        },
      })
    },
    /** Ends what is under way after its page; it goes on at the next start. */
    async close(): Promise<void> {
      const closed = consumer?.close()
      closing.abort()
      await closed
    },
  }
}
