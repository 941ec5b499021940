import { combineMessaging, createDeletedEntityTracker } from '../../../packages/event-log'
import type { OutboxRelay } from '../../../packages/event-log/outbox'
import { createExistingIdsQuery, type PeerClient } from '../../../packages/subgraph-kit/peers'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import { toContentRemoval, type ContentRemoval } from '../../../schema/contentRemoval'
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
    // In the order of the topic: a removal by the key of a deleted account finds the content that the deletion has
    // marked with it.
    toJob(event) {
      const removal = toContentRemoval(event)
      return removal && ((signal) => removeContent(removal, signal))
    },
  })

  async function removeContent(removal: ContentRemoval, signal: AbortSignal): Promise<void> {
    await comments.removeContent(removal, now(), signal)
    if (!('userId' in removal.owner)) return
    // The event of a deletion that followed the request may have been published first.
    const contentKey = await deletedUsers.findContentKey(removal.owner.userId)
    if (contentKey !== null)
      await comments.removeContent({ ...removal, owner: { contentKey } }, now(), signal)
  }

  const consumers = [counts, postProjection, deletedUsers]
  return { postProjection, deletedUsers, ...combineMessaging(relay, consumers) }
}
