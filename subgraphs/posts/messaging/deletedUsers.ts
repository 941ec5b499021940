import {
  createDeletedEntityTracker,
  type DeletedEntity,
} from '../../../packages/event-log/projections/deletedEntityTracker'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'

/** What becomes of posts when their authors' accounts go. Doing it again changes nothing. */
export interface UserCascadeTarget {
  /** Those who wrote posts, page by page, of at most 500. */
  authorIds(): AsyncIterable<readonly string[]>
  /**
   * Removes the drafts of deleted accounts and what was published after their deletion was requested; what was published
   * before stays without an author.
   */
  forgetAuthors(ended: readonly DeletedEntity[], now: Date): Promise<void>
}

export interface DeletedUserTrackerOptions extends SubgraphResources {
  users: PeerClient
  posts: UserCascadeTarget
  now: () => Date
}

export type DeletedUserTracker = ReturnType<typeof createDeletedUserTracker>

/** Which accounts are known to be gone: an access token may outlive its account. */
export function createDeletedUserTracker({ users, posts, now, ...tools }: DeletedUserTrackerOptions) {
  return createDeletedEntityTracker({
    ...tools,
    owner: users,
    existingIdsField: 'presentUserIds',
    topic: 'users',
    deletedEventType: 'user.deleted',
    consumer: 'posts.users',
    collectionName: 'gone_users',
    readReferencedIds: posts.authorIds,
    forget: (ended) => posts.forgetAuthors(ended, now()),
  })
}
