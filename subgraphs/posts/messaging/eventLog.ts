import { combineMessaging, createDeletedEntityTracker, createJobConsumer } from '../../../packages/event-log'
import type { OutboxRelay } from '../../../packages/event-log/outbox'
import { createExistingIdsQuery, type PeerClient } from '../../../packages/subgraph-kit/peers'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import { toContentRemoval } from '../../../schema/contentRemoval'
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
  })
  const contentRemovals = createJobConsumer({
    ...options,
    topic: 'users',
    consumer: 'posts.contentRemovals',
    async handleEvent(event, signal) {
      const removal = toContentRemoval(event)
      if (removal) await posts.removeContent(removal, now(), signal)
    },
  })
  const consumers = [commentActivity, eventProjection, deletedUsers, contentRemovals]
  return { eventProjection, deletedUsers, ...combineMessaging(relay, consumers) }
}
