import type { OutboxRelay } from '../../../packages/event-log/outbox/outboxRelay'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { createCommentActivityProjection, type CommentActivityTarget } from './commentActivityProjection'
import { createDeletedUserTracker, type UserCascadeTarget } from './deletedUsers'
import { createEventProjection, type EventCascadeTarget } from './eventProjection'

export interface PostsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  comments: PeerClient
  events: PeerClient
  users: PeerClient
  posts: CommentActivityTarget & EventCascadeTarget & UserCascadeTarget
  now: () => Date
}

/** What posts tell the other subgraphs, and what they keep of what the others tell. */
export function createPostsMessaging({ relay, ...options }: PostsMessagingOptions) {
  const activity = createCommentActivityProjection(options)
  const knownEvents = createEventProjection(options)
  const goneUsers = createDeletedUserTracker(options)
  return {
    knownEvents,
    goneUsers,
    async prepare(): Promise<void> {
      await knownEvents.prepare()
      await goneUsers.prepare()
    },
    start(): void {
      relay.start()
      activity.start()
      knownEvents.start()
      goneUsers.start()
    },
    /** Resolves when what is under way is done. */
    async close(): Promise<void> {
      await Promise.all([activity.close(), knownEvents.close(), goneUsers.close()])
      await relay.close()
    },
  }
}
