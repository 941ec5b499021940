import { startDurableConsumer } from '../shared/feed/durableConsumer'
import type { RunningConsumer } from '../shared/feed/feed'
import type { SubgraphTools } from '../shared/subgraph/tools'

/** What becomes of the registrations of cancelled events. Doing it again changes nothing. */
export interface Withdrawals {
  /** Cancels those at these events, as far as they are cancelled. @throws AbortError */
  withdrawFrom(eventIds: readonly string[], signal: AbortSignal): Promise<void>
  /** The same for all events. @throws AbortError */
  withdrawEverywhere(signal: AbortSignal): Promise<void>
}

export interface CancellationsOptions extends SubgraphTools {
  events: Withdrawals
}

/**
 * Cancels the registrations of an event that is cancelled. There may be a hundred thousand, which no request waits for: the
 * feed says so to this subgraph itself, and whatever ends a process midway, the next one goes on.
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
          const cancelled = happened.filter(({ type }) => type === 'event.cancelled')
          await events.withdrawFrom([...new Set(cancelled.map(({ entity }) => entity))], closing.signal)
        },
        rebuild: () => events.withdrawEverywhere(closing.signal),
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
