import { startDurableConsumer } from '../../../packages/event-log/consumers/durableConsumer'
import type { RunningConsumer } from '../../../packages/event-log/eventLog'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'

/** Applies cancellations and deletions of events to their registrations. Each operation is idempotent. */
export interface RegistrationCascadeTarget {
  /** Removes those for these events, which are deleted. @throws AbortError */
  deleteRegistrationsOfEvents(eventIds: readonly string[], signal: AbortSignal): Promise<void>
  /** The same for all deleted events. @throws AbortError */
  deleteRegistrationsOfAllDeletedEvents(signal: AbortSignal): Promise<void>
  /** Cancels those at these events, as far as they are cancelled. @throws AbortError */
  cancelRegistrationsOfEvents(eventIds: readonly string[], signal: AbortSignal): Promise<void>
  /** The same for all events. @throws AbortError */
  cancelRegistrationsOfAllCancelledEvents(signal: AbortSignal): Promise<void>
}

export interface CascadeConsumerOptions extends SubgraphResources {
  events: RegistrationCascadeTarget
}

/**
 * Cancels the registrations of an event that is cancelled, and removes those of one that is deleted. There may be a
 * hundred thousand, so that no request waits for them: this subgraph consumes its own domain events, and a process that
 * ends midway is continued by the next one.
 */
export function createCascadeConsumer({ eventLog, connection, events }: CascadeConsumerOptions) {
  const closing = new AbortController()
  let consumer: RunningConsumer | undefined
  return {
    start(): void {
      consumer = startDurableConsumer({
        eventLog,
        connection,
        topic: 'events',
        consumer: 'events.cancellations',
        async handle(happened) {
          const concerned = (wanted: string) => [
            ...new Set(happened.filter(({ type }) => type === wanted).map(({ entity }) => entity)),
          ]
          await events.cancelRegistrationsOfEvents(concerned('event.cancelled'), closing.signal)
          await events.deleteRegistrationsOfEvents(concerned('event.deleted'), closing.signal)
        },
        async rebuild() {
          await events.cancelRegistrationsOfAllCancelledEvents(closing.signal)
          await events.deleteRegistrationsOfAllDeletedEvents(closing.signal)
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
