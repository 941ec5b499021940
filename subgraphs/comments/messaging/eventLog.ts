import type { OutboxRelay } from '../../../packages/event-log/outbox/outboxRelay'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import { createDeletedUserTracker, type UserCascadeTarget } from './deletedUsers'
import { createPostProjection, type PostCascadeTarget } from './postProjection'

export interface CommentsMessagingOptions extends SubgraphResources {
  relay: OutboxRelay
  posts: PeerClient
  users: PeerClient
  comments: PostCascadeTarget & UserCascadeTarget
  now: () => Date
}

/** What comments tell the other subgraphs, and what they keep of what the others tell. */
export function createCommentsMessaging({ relay, ...options }: CommentsMessagingOptions) {
  const knownPosts = createPostProjection(options)
  const goneUsers = createDeletedUserTracker(options)
  return {
    knownPosts,
    goneUsers,
    async prepare(): Promise<void> {
      await knownPosts.prepare()
      await goneUsers.prepare()
    },
    start(): void {
      relay.start()
      knownPosts.start()
      goneUsers.start()
    },
    /** Resolves when what is under way is done. */
    async close(): Promise<void> {
      await Promise.all([knownPosts.close(), goneUsers.close()])
      await relay.close()
    },
  }
}
