import { combineMessaging, createDeletedEntityTracker } from '../../../packages/event-log'
import type { OutboxRelay } from '../../../packages/event-log/outbox'
import { createLeasedSweeper, type SubgraphResources } from '../../../packages/subgraph-kit'
import type { EventRepository } from '../repository'

import { createCascadeConsumer } from './cascades'

interface EventsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  events: EventRepository
  /** How often it looks for events of which people must be reminded. */
  reminderIntervalMs: number
  findExistingUserIds(ids: readonly string[]): Promise<readonly string[]>
}

/** Creates the outbox relay and the consumers of events. */
export function createEventsMessaging({ relay, ...options }: EventsMessagingOptions) {
  const { events } = options
  const deletedUsers = createDeletedEntityTracker({
    ...options,
    topic: 'users',
    deletedEventType: 'user.deleted',
    consumer: 'events.users',
    collectionName: 'gone_users',
    findExistingIds: options.findExistingUserIds,
    readReferencedIds: events.listReferencedUserIds,
    onDeleted: events.removeUserReferences,
  })
  const reminders = createLeasedSweeper({
    name: 'reminders',
    connection: options.connection,
    sweep: events.publishDueReminders,
    metrics: options.telemetry.sweepers,
    intervalMs: options.reminderIntervalMs,
  })
  const removals = createLeasedSweeper({
    name: 'events',
    connection: options.connection,
    sweep: events.eraseRemovedEvents,
    metrics: options.telemetry.sweepers,
  })
  const parts = [createCascadeConsumer(options), deletedUsers, reminders, removals]
  return { deletedUsers, ...combineMessaging(relay, parts) }
}
