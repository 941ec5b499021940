import type { Relay } from '../shared/feed/relay'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import { createCommentActivity, type PostsOfComments } from './commentActivity'
import { createGoneUsers, type PostsOfUsers } from './goneUsers'
import { createKnownEvents, type PostsOfEvents } from './knownEvents'

export interface PostsFeedOptions extends SubgraphTools {
  relay: Relay
  comments: Peer
  events: Peer
  users: Peer
  posts: PostsOfComments & PostsOfEvents & PostsOfUsers
  now: () => Date
}

/** What posts tell the other subgraphs, and what they keep of what the others tell. */
export function createPostsFeed({ relay, ...options }: PostsFeedOptions) {
  const activity = createCommentActivity(options)
  const knownEvents = createKnownEvents(options)
  const goneUsers = createGoneUsers(options)
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
