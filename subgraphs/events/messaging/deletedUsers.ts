import {
  createDeletedEntityTracker,
  type DeletedEntity,
} from '../../../packages/event-log/projections/deletedEntityTracker'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'

/** What becomes of events and registrations when accounts go. Doing it again changes nothing. */
export interface UserCascadeTarget {
  /** Whoever registered or organizes, page by page, of at most 500. */
  listReferencedUserIds(): AsyncIterable<readonly string[]>
  /**
   * Frees the seats of deleted accounts and deletes their events that were never published or were created after the deletion
   * was requested; the others stay without an organizer.
   *
   * @throws AbortError
   */
  removeUserReferences(ended: readonly DeletedEntity[], signal: AbortSignal): Promise<void>
}

export interface DeletedUserTrackerOptions extends SubgraphResources {
  users: PeerClient
  events: UserCascadeTarget
}

export type DeletedUserTracker = ReturnType<typeof createDeletedUserTracker>

/** Which accounts are known to be gone: an access token may outlive its account. */
export function createDeletedUserTracker({ users, events, ...tools }: DeletedUserTrackerOptions) {
  return createDeletedEntityTracker({
    ...tools,
    owner: users,
    existingIdsField: 'presentUserIds',
    topic: 'users',
    deletedEventType: 'user.deleted',
    consumer: 'events.users',
    collectionName: 'gone_users',
    readReferencedIds: events.listReferencedUserIds,
    forget: events.removeUserReferences,
  })
}
