import { combineMessaging, createDeletedEntityTracker } from '../../../packages/event-log'
import type { OutboxRelay } from '../../../packages/event-log/outbox'
import { createExistingIdsQuery, type PeerClient } from '../../../packages/subgraph-kit/peers'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import { toContentRemoval, type ContentRemoval } from '../../../schema/contentRemoval'
import type { PostRepository } from '../repository'
import { createCommentActivityProjection } from './commentActivityProjection'
import { createEventProjection } from './eventProjection'

interface PostsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  comments: PeerClient
  events: PeerClient
  users: PeerClient
  posts: PostRepository
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
    readReferencedIds: posts.listReferencedUserIds,
    onDeleted: (deleted) => posts.removeUserReferences(deleted, now()),
    // In the order of the topic: a removal by the key of a deleted account finds the content that the deletion has
    // marked with it.
    toJob(event) {
      const removal = toContentRemoval(event)
      return removal && ((signal) => removeContent(removal, signal))
    },
  })

  async function removeContent(removal: ContentRemoval, signal: AbortSignal): Promise<void> {
    await posts.removeContent(removal, now(), signal)
    if (!('userId' in removal.owner)) return
    // The event of a deletion that followed the request may have been published first.
    const contentKey = await deletedUsers.findContentKey(removal.owner.userId)
    if (contentKey !== null) await posts.removeContent({ ...removal, owner: { contentKey } }, now(), signal)
  }

  const consumers = [commentActivity, eventProjection, deletedUsers]
  return { eventProjection, deletedUsers, ...combineMessaging(relay, consumers) }
}
