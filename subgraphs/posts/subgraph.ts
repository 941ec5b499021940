import {
  createSweeper,
  createSubgraphRelay,
  createSubgraphSchema,
  createSubscribe,
  readReadiness,
  type Subgraph,
  type SubgraphResources,
} from '../../packages/subgraph-kit'
import { createReadLimiter } from '../../packages/subgraph-kit/mongo'
import type { PeerClient } from '../../packages/subgraph-kit/peers'
import { createSecurityLog } from '../../packages/auth'
import type { Context } from './context'
import { createPostLoaders } from './loaders'
import { createPostsMessaging } from './messaging/eventLog'
import { findInvalidatedTags } from './messaging/cacheTags'
import { createPostMetrics } from './metrics'
import { fetchEventVisibility } from './messaging/eventsClient'
import { createPostRepository } from './repository'
import { resolvers, writeKinds } from './resolvers'
import { createPostsService } from './service'

interface PostsDependencies extends SubgraphResources {
  events: PeerClient
  comments: PeerClient
  users: PeerClient
  /** Default: the system clock. */
  now?: () => Date
}

/** Composes the posts subgraph, which owns Post and contributes posts to User and Event. Starts nothing. */
export function createPostsSubgraph(dependencies: PostsDependencies): Subgraph<Context> {
  const { connection, eventLog, writeLimiter, telemetry, events, comments, users } = dependencies
  const { now = () => new Date() } = dependencies
  const logSecurity = createSecurityLog(dependencies.log)
  const relay = createSubgraphRelay(dependencies, 'posts')
  const { countPost } = createPostMetrics(telemetry.registry)
  const readLimiter = createReadLimiter()
  telemetry.limits.observeQueue('reads', readLimiter.readState)
  const repository = createPostRepository(connection, relay.publishPendingEvents, readLimiter)
  const messaging = createPostsMessaging({ ...dependencies, now, relay, posts: repository })
  const { eventProjection, deletedUsers } = messaging
  const sweeper = createSweeper({
    name: 'posts',
    connection,
    sweep: (signal) => repository.sweep(now(), signal),
    metrics: telemetry.sweepers,
  })
  return {
    name: 'posts',
    schema: createSubgraphSchema({ name: 'posts', resolvers, writeKinds, writeLimiter, now }),
    createContext: ({ viewer, address, viewerToken, stream, cachePolicy }) => {
      const loaders = createPostLoaders(repository)
      return {
        viewer,
        address,
        cachePolicy,
        service: createPostsService({
          viewer,
          cachePolicy,
          repository,
          loaders,
          findProjectedEvent: eventProjection.find,
          fetchEventVisibility: (eventId) => fetchEventVisibility(events, eventId, viewerToken),
          isUserDeleted: deletedUsers.isDeleted,
          logSecurity,
          countPost,
          now,
        }),
        subscribe: createSubscribe(eventLog, 'posts', stream),
      }
    },
    cacheInvalidation: { eventLog, findInvalidatedTags },
    async prepare() {
      await repository.prepare(dependencies.log)
      await messaging.prepare()
      messaging.start()
      sweeper.start()
    },
    readReadiness: () => readReadiness({ connection, eventLog, peers: [events, comments, users] }),
    async close() {
      await sweeper.close()
      await messaging.close()
    },
  }
}
