import { combineMessaging } from '../../../packages/event-log/messaging'
import type { OutboxRelay } from '../../../packages/event-log/outbox/outboxRelay'
import {
  createDeletedEntityTracker,
  type DeletedEntity,
} from '../../../packages/event-log/projections/deletedEntityTracker'
import { createExistingIdsQuery } from '../../../packages/subgraph-kit/messaging/existingIdsQuery'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { createCascadeConsumer, type RegistrationCascadeTarget } from './cascades'

/** Applies the deletion of users to events and registrations. Each operation is idempotent. */
export interface UserCascadeTarget {
  /** Yields the IDs of all attendees and organizers, in pages of at most 500. */
  listReferencedUserIds(): AsyncIterable<readonly string[]>
  /**
   * Frees the seats of deleted users and deletes those of their events that were never published or were created after the
   * deletion was requested; the other events stay, without an organizer.
   *
   * @throws AbortError
   */
  removeUserReferences(deleted: readonly DeletedEntity[], signal: AbortSignal): Promise<void>
}

export interface EventsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  users: PeerClient
  events: RegistrationCascadeTarget & UserCascadeTarget
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
    findExistingIds: createExistingIdsQuery(options.users, 'presentUserIds', options.createServiceToken),
    readReferencedIds: events.listReferencedUserIds,
    onDeleted: events.removeUserReferences,
  })
  return { deletedUsers, ...combineMessaging(relay, [createCascadeConsumer(options), deletedUsers]) }
}
