import { combineMessaging, createDeletedEntityTracker, createJobConsumer } from '../../../packages/event-log'
import type { OutboxRelay } from '../../../packages/event-log/outbox'
import { createExistingIdsQuery, type PeerClient } from '../../../packages/subgraph-kit/peers'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import { toContentRemoval } from '../../../schema/contentRemoval'
import type { CommentRepository } from '../repository'
import { createCommentCounts } from './commentCounts'
import { createPostProjection } from './postProjection'
import { createPurgePublisher } from './purgedComments'

interface CommentsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  posts: PeerClient
  users: PeerClient
  comments: CommentRepository
  now: () => Date
}

/** Creates the outbox relay and the consumers of comments. */
export function createCommentsMessaging({ relay, ...options }: CommentsMessagingOptions) {
  const { comments, eventLog, now } = options
  const publishPurged = createPurgePublisher(eventLog, now)
  const counts = createCommentCounts(options)
  const postProjection = createPostProjection({ ...options, publishPurged })
  const deletedUsers = createDeletedEntityTracker({
    ...options,
    topic: 'users',
    deletedEventType: 'user.deleted',
    consumer: 'comments.users',
    collectionName: 'gone_users',
    findExistingIds: createExistingIdsQuery(options.users, 'presentUserIds', options.createServiceToken),
    readReferencedIds: comments.listReferencedUserIds,
    onDeleted: (deleted) => comments.removeUserReferences(deleted, now()),
  })
  const contentRemovals = createJobConsumer({
    ...options,
    topic: 'users',
    consumer: 'comments.contentRemovals',
    async handleEvent(event, signal) {
      const removal = toContentRemoval(event)
      if (removal) await comments.removeContent(removal, now(), signal)
    },
  })
  const consumers = [counts, postProjection, deletedUsers, contentRemovals]
  return { postProjection, deletedUsers, publishPurged, ...combineMessaging(relay, consumers) }
}
