import { combineMessaging } from '../../../packages/event-log/messaging'
import type { OutboxRelay } from '../../../packages/event-log/outbox/outboxRelay'
import {
  createDeletedEntityTracker,
  type DeletedEntity,
} from '../../../packages/event-log/projections/deletedEntityTracker'
import { createExistingIdsQuery } from '../../../packages/subgraph-kit/messaging/existingIdsQuery'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { createPostProjection, type PostCascadeTarget } from './postProjection'

/** Applies the deletion of users to their comments. Each operation is idempotent. */
export interface UserCascadeTarget {
  /** Yields the IDs of all authors, in pages of at most 500. */
  authorIds(): AsyncIterable<readonly string[]>
  /** Deletes what users wrote after their deletion was requested; earlier comments stay, without an author. */
  forgetAuthors(deleted: readonly DeletedEntity[], now: Date): Promise<void>
}

export interface CommentsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  posts: PeerClient
  users: PeerClient
  comments: PostCascadeTarget & UserCascadeTarget
  now: () => Date
}

/** Creates the outbox relay and the consumers of comments. */
export function createCommentsMessaging({ relay, ...options }: CommentsMessagingOptions) {
  const { comments, now } = options
  const postProjection = createPostProjection(options)
  const deletedUsers = createDeletedEntityTracker({
    ...options,
    topic: 'users',
    deletedEventType: 'user.deleted',
    consumer: 'comments.users',
    collectionName: 'gone_users',
    findExistingIds: createExistingIdsQuery(options.users, 'presentUserIds', options.createServiceToken),
    readReferencedIds: comments.authorIds,
    onDeleted: (deleted) => comments.forgetAuthors(deleted, now()),
  })
  return { postProjection, deletedUsers, ...combineMessaging(relay, [postProjection, deletedUsers]) }
}
