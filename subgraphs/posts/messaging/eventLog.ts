import { combineMessaging } from '../../../packages/event-log/messaging'
import type { OutboxRelay } from '../../../packages/event-log/outbox/outboxRelay'
import {
  createDeletedEntityTracker,
  type DeletedEntity,
} from '../../../packages/event-log/projections/deletedEntityTracker'
import { createExistingIdsQuery } from '../../../packages/subgraph-kit/messaging/existingIdsQuery'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { createCommentActivityProjection, type CommentActivityTarget } from './commentActivityProjection'
import { createEventProjection, type EventCascadeTarget } from './eventProjection'

/** Applies the deletion of users to their posts. Each operation is idempotent. */
export interface UserCascadeTarget {
  /** Yields the IDs of all authors, in pages of at most 500. */
  authorIds(): AsyncIterable<readonly string[]>
  /**
   * Deletes the drafts of deleted users and what they published after their deletion was requested; earlier posts stay,
   * without an author.
   */
  forgetAuthors(deleted: readonly DeletedEntity[], now: Date): Promise<void>
}

export interface PostsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  comments: PeerClient
  events: PeerClient
  users: PeerClient
  posts: CommentActivityTarget & EventCascadeTarget & UserCascadeTarget
  now: () => Date
}

/** Creates the outbox relay and the consumers of posts. */
export function createPostsMessaging({ relay, ...options }: PostsMessagingOptions) {
  const { posts, now } = options
  const commentActivity = createCommentActivityProjection(options)
  const eventProjection = createEventProjection(options)
  const deletedUsers = createDeletedEntityTracker({
    ...options,
    topic: 'users',
    deletedEventType: 'user.deleted',
    consumer: 'posts.users',
    collectionName: 'gone_users',
    findExistingIds: createExistingIdsQuery(options.users, 'presentUserIds', options.createServiceToken),
    readReferencedIds: posts.authorIds,
    onDeleted: (deleted) => posts.forgetAuthors(deleted, now()),
  })
  const parts = [commentActivity, eventProjection, deletedUsers]
  return { eventProjection, deletedUsers, ...combineMessaging(relay, parts) }
}
