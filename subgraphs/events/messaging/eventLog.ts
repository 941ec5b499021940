import { combineMessaging, createDeletedEntityTracker } from '../../../packages/event-log'
import type { OutboxRelay } from '../../../packages/event-log/outbox'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import type { EventRepository } from '../repository'
import { createCascadeConsumer } from './cascades'

interface EventsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  events: EventRepository
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
  return { deletedUsers, ...combineMessaging(relay, [createCascadeConsumer(options), deletedUsers]) }
}
