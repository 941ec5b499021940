import {
  createDeletedEntityTracker,
  type DeletedEntity,
} from '../../../packages/event-log/projections/deletedEntityTracker'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'

/** What becomes of comments when their authors' accounts go. Doing it again changes nothing. */
export interface UserCascadeTarget {
  /** Those who wrote comments, page by page, of at most 500. */
  authorIds(): AsyncIterable<readonly string[]>
  /** Deletes what deleted accounts wrote after their deletion was requested; what they wrote before stays without an author. */
  forgetAuthors(ended: readonly DeletedEntity[], now: Date): Promise<void>
}

export interface DeletedUserTrackerOptions extends SubgraphResources {
  users: PeerClient
  comments: UserCascadeTarget
  now: () => Date
}

export type DeletedUserTracker = ReturnType<typeof createDeletedUserTracker>

/** Which accounts are known to be gone: an access token may outlive its account. */
export function createDeletedUserTracker({ users, comments, now, ...tools }: DeletedUserTrackerOptions) {
  return createDeletedEntityTracker({
    ...tools,
    owner: users,
    existingIdsField: 'presentUserIds',
    topic: 'users',
    deletedEventType: 'user.deleted',
    consumer: 'comments.users',
    collectionName: 'gone_users',
    readReferencedIds: comments.authorIds,
    forget: (ended) => comments.forgetAuthors(ended, now()),
  })
}
