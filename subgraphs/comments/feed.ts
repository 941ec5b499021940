import type { Relay } from '../shared/feed/relay'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { createGoneUsers, type CommentsOfUsers } from './goneUsers'
import { createKnownPosts, type CommentsOfPosts } from './knownPosts'

export interface CommentsFeedOptions extends SubgraphTools {
  relay: Relay
  posts: Peer
  users: Peer
  comments: CommentsOfPosts & CommentsOfUsers
  now: () => Date
}

/** What comments tell the other subgraphs, and what they keep of what the others tell. */
export function createCommentsFeed({ relay, ...options }: CommentsFeedOptions) {
  const knownPosts = createKnownPosts(options)
  const goneUsers = createGoneUsers(options)
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
