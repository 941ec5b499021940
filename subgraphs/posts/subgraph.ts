import { isReachable } from '../shared/database'
import { createFollow } from '../shared/feed/happenings'
import { createOwnRelay } from '../shared/feed/ownRelay'
import type { Peer } from '../shared/peer'
import { createSubgraphSchema } from '../shared/subgraph/schema'
import type { Subgraph } from '../shared/subgraph/serve'
import type { SubgraphTools } from '../shared/subgraph/tools'
import type { Context } from './context'
import { createPostsFeed } from './feed'
import { createPostLoaders } from './loaders'
import { createPostRepository } from './repository'
import { resolvers } from './resolvers'
import { writeKinds } from './resolvers/writeKinds'
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
  const { connection, feed, writeLimiter, events, now = () => new Date() } = dependencies
  const relay = createOwnRelay(dependencies, 'posts')
  const repository = createPostRepository(connection, relay.trigger)
  const exchange = createPostsFeed({ ...dependencies, now, relay, posts: repository })
  const { knownEvents, goneUsers } = exchange
  return {
    name: 'posts',
    schema: createSubgraphSchema({ name: 'posts', resolvers, writeKinds, writeLimiter }),
    createContext: ({ viewer, address, viewerToken, stream }) => {
      const loaders = createPostLoaders(repository)
      const known = { knownEvents, goneUsers }
      return {
        viewer,
        address,
        service: createPostsService({ viewer, viewerToken, repository, loaders, events, ...known, now }),
        follow: createFollow(feed, 'posts', stream),
      }
    },
    async prepare() {
      await repository.prepare()
      await exchange.prepare()
      exchange.start()
    },
    isReady: () => isReachable(connection),
    close: exchange.close,
  }
}
