import {
  createSweeper,
  createSubgraphRelay,
  createSubgraphSchema,
  createSubscribe,
  readReadiness,
  type Subgraph,
  type SubgraphResources,
} from '../../packages/subgraph-kit'
import type { PeerClient } from '../../packages/subgraph-kit/peers'
import { createSecurityLog } from '../../packages/auth'
import type { Context } from './context'
import { createCommentLoaders } from './loaders'
import { createCommentsMessaging } from './messaging/eventLog'
import { findInvalidatedTags } from './messaging/cacheTags'
import { createCommentMetrics } from './metrics'
import { fetchPostStatuses } from './messaging/postsClient'
import { createCommentRepository } from './repository'
import { resolvers, writeKinds } from './resolvers'
import { createCommentsService } from './service'

interface CommentsDependencies extends SubgraphResources {
  posts: PeerClient
  users: PeerClient
  /** Default: the system clock. */
  now?: () => Date
}

/** Composes the comments subgraph, which owns Comment and contributes comments to User and Post. Starts nothing. */
export function createCommentsSubgraph(dependencies: CommentsDependencies): Subgraph<Context> {
  const { connection, eventLog, writeLimiter, posts, users, now = () => new Date() } = dependencies
  const logSecurity = createSecurityLog(dependencies.log)
  const { countComment } = createCommentMetrics(dependencies.telemetry.registry)
  const relay = createSubgraphRelay(dependencies, 'comments')
  const repository = createCommentRepository(connection, relay.publishPendingEvents)
  const messaging = createCommentsMessaging({ ...dependencies, relay, comments: repository, now })
  const { postProjection, deletedUsers } = messaging
  const sweeper = createSweeper({
    name: 'comments',
    connection,
    sweep: () => repository.sweep(now()),
    metrics: dependencies.telemetry.sweepers,
  })
  return {
    name: 'comments',
    schema: createSubgraphSchema({ name: 'comments', resolvers, writeKinds, writeLimiter, now }),
    createContext: ({ viewer, address, viewerToken, stream, cachePolicy }) => {
      const loaders = createCommentLoaders({
        viewer,
        repository,
        findProjectedPosts: postProjection.find,
        fetchPostStatuses: (ids) => fetchPostStatuses(posts, ids, viewerToken),
      })
      const service = createCommentsService({
        viewer,
        cachePolicy,
        repository,
        loaders,
        findProjectedPosts: postProjection.find,
        isUserDeleted: deletedUsers.isDeleted,
        logSecurity,
        countComment,
        now,
      })
      return {
        viewer,
        address,
        cachePolicy,
        service,
        subscribe: createSubscribe(eventLog, 'comments', stream),
      }
    },
    cacheInvalidation: { eventLog, findInvalidatedTags },
    async prepare() {
      await repository.prepare(dependencies.log)
      await messaging.prepare()
      messaging.start()
      sweeper.start()
    },
    readReadiness: () => readReadiness({ connection, eventLog, peers: [posts, users] }),
    async close() {
      await sweeper.close()
      await messaging.close()
    },
  }
}
