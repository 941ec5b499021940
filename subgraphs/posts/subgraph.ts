import { isReachable } from '../shared/database'
import { createOutbox } from '../shared/feed/pendingEvents'
import { createRelay } from '../shared/feed/relay'
import type { Peer } from '../shared/peer'
import { createSubgraphSchema } from '../shared/subgraph/schema'
import type { Subgraph } from '../shared/subgraph/serve'
import type { SubgraphTools } from '../shared/subgraph/tools'
import type { Context } from './context'
import { createPostLoaders } from './loaders'
import { createPostRepository } from './repository'
import { resolvers } from './resolvers'
import { createPostsService } from './service'

export interface PostsDependencies extends SubgraphTools {
  /** The events subgraph, asked whether the event of a post shows to its author. */
  events: Peer
  /** The comments subgraph, asked how much is said on posts. */
  comments: Peer
  /** The users subgraph, asked who is gone. */
  users: Peer
  /** The clock; the machine's unless a test says otherwise. */
  now?: () => Date
}

/** The posts subgraph as a value: it owns Post, and adds posts to User and Event. */
export function createPostsSubgraph(dependencies: PostsDependencies): Subgraph<Context> {
  const { connection, feed, log, events, now = () => new Date() } = dependencies
  const relay = createRelay({ feed, topic: 'posts', outbox: createOutbox(connection, 'posts'), log })
  const repository = createPostRepository(connection, relay.trigger)
  return {
    name: 'posts',
    schema: createSubgraphSchema('posts', resolvers),
    createContext: ({ viewer, viewerToken }) => {
      const loaders = createPostLoaders(repository)
      return {
        viewer,
        service: createPostsService({ viewer, viewerToken, repository, loaders, events, now }),
      }
    },
    async prepare() {
      await repository.prepare()
      relay.start()
    },
    isReady: () => isReachable(connection),
    close: () => relay.close(),
  }
}
