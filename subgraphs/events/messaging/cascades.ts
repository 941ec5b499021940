import { startDurableConsumer, type RunningConsumer } from '../../../packages/event-log'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import type { EventRepository } from '../repository'

interface CascadeConsumerOptions extends SubgraphResources {
  events: EventRepository
}

/**
 * Creates the consumer that cancels the registrations of cancelled events, deletes those of deleted events, and marks
 * waiting parties that are too large for a lowered capacity. An event
 * can have a hundred thousand registrations, so the subgraph consumes its own domain events instead of letting a
 * request wait. After a crash, the event is delivered again.
 */
export function createCascadeConsumer({ eventLog, connection, events }: CascadeConsumerOptions) {
  const closed = new AbortController()
  let consumer: RunningConsumer | undefined
  return {
    start(): void {
      consumer = startDurableConsumer({
        eventLog,
        connection,
        topic: 'events',
        consumer: 'events.cancellations',
        async handle(domainEvents) {
          const selectIds = (eventType: string) => [
            ...new Set(domainEvents.filter(({ type }) => type === eventType).map(({ entity }) => entity)),
          ]
          await events.cancelRegistrationsOfEvents(selectIds('event.cancelled'), closed.signal)
          await events.deleteRegistrationsOfEvents(selectIds('event.deleted'), closed.signal)
          await events.markTooLargeParties(selectIds('event.capacityLowered'), closed.signal)
        },
        async rebuild() {
          await events.cancelRegistrationsOfAllCancelledEvents(closed.signal)
          await events.deleteRegistrationsOfAllDeletedEvents(closed.signal)
          await events.markAllTooLargeParties(closed.signal)
        },
      })
    },
    /** Stops after the current page. The next start continues. */
    async close(): Promise<void> {
      const consumerClosed = consumer?.close()
      closed.abort()
      await consumerClosed
    },
  }
}
