import { isReachable } from '../../packages/subgraph-kit/mongo/database'
import { createSubscribe } from '../../packages/subgraph-kit/subscriptions/sourceEvents'
import { createSubgraphRelay } from '../../packages/subgraph-kit/server/subgraphRelay'
import type { PeerClient } from '../../packages/subgraph-kit/peerClient'
import { createSecurityLog } from '../../packages/auth/securityLog'
import { createSubgraphSchema } from '../../packages/subgraph-kit/graphql/subgraphSchema'
import type { Subgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import type { SubgraphResources } from '../../packages/subgraph-kit/server/resources'
import type { Context } from './context'
import { createPostsMessaging } from './messaging/eventLog'
import { createPostLoaders } from './loaders'
import { createPostRepository } from './repository'
import { resolvers } from './resolvers'
import { writeKinds } from './resolvers/writeKinds'
import { createPostsService } from './service'

export interface PostsDependencies extends SubgraphResources {
  /** The events subgraph, asked whether the event of a post shows to its author. */
  events: PeerClient
  /** The comments subgraph, asked how much is said on posts. */
  comments: PeerClient
  /** The users subgraph, asked who is gone. */
  users: PeerClient
  /** The clock; the machine's unless a test says otherwise. */
  now?: () => Date
}

/** The posts subgraph as a value: it owns Post, and adds posts to User and Event. */
export function createPostsSubgraph(dependencies: PostsDependencies): Subgraph<Context> {
  const { connection, eventLog, writeLimiter, events, now = () => new Date() } = dependencies
  const logSecurity = createSecurityLog(dependencies.log)
  const relay = createSubgraphRelay(dependencies, 'posts')
  const repository = createPostRepository(connection, relay.publishPendingEvents)
  const exchange = createPostsMessaging({ ...dependencies, now, relay, posts: repository })
  const { eventProjection, deletedUsers } = exchange
  return {
    name: 'posts',
    schema: createSubgraphSchema({ name: 'posts', resolvers, writeKinds, writeLimiter }),
    createContext: ({ viewer, address, viewerToken, stream }) => {
      const loaders = createPostLoaders(repository)
      return {
        viewer,
        address,
        service: createPostsService({
          viewer,
          viewerToken,
          repository,
          loaders,
          events,
          eventProjection,
          deletedUsers,
          logSecurity,
          now,
        }),
        subscribe: createSubscribe(eventLog, 'posts', stream),
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
