import { isReachable } from '../../packages/subgraph-kit/mongo/database'
import { createSubscribe } from '../../packages/subgraph-kit/subscriptions/sourceEvents'
import { createSubgraphRelay } from '../../packages/subgraph-kit/server/subgraphRelay'
import type { PeerClient } from '../../packages/subgraph-kit/peerClient'
import { createSecurityLog } from '../../packages/auth/securityLog'
import { createSubgraphSchema } from '../../packages/subgraph-kit/graphql/subgraphSchema'
import type { Subgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import type { SubgraphResources } from '../../packages/subgraph-kit/server/resources'
import type { Context } from './context'
import { createCommentsMessaging } from './messaging/eventLog'
import { createCommentLoaders } from './loaders'
import { fetchPostStatuses } from './domain/postVisibility'
import { createCommentRepository } from './repository'
import { resolvers } from './resolvers'
import { writeKinds } from './resolvers/writeKinds'
import { createCommentsService } from './service'

export interface CommentsDependencies extends SubgraphResources {
  /** The posts subgraph; whoever made it closes it. */
  posts: PeerClient
  /** The users subgraph, asked who is gone. */
  users: PeerClient
  /** The clock; the machine's unless a test says otherwise. */
  now?: () => Date
}

/** The composition root of the comments subgraph: puts it together and starts nothing. */
export function createCommentsSubgraph(dependencies: CommentsDependencies): Subgraph<Context> {
  const { connection, eventLog, writeLimiter, posts, now = () => new Date() } = dependencies
  const logSecurity = createSecurityLog(dependencies.log)
  const relay = createSubgraphRelay(dependencies, 'comments')
  const repository = createCommentRepository(connection, relay.publishPendingEvents)
  const exchange = createCommentsMessaging({ ...dependencies, relay, comments: repository, now })
  const { postProjection, deletedUsers } = exchange
  return {
    name: 'comments',
    schema: createSubgraphSchema({ name: 'comments', resolvers, writeKinds, writeLimiter }),
    createContext: ({ viewer, address, viewerToken, stream }) => {
      const loaders = createCommentLoaders(repository, {
        resolveVisibilities: (ids) => postProjection.standings(viewer, ids),
        fetchStatuses: (ids) => fetchPostStatuses(posts, ids, viewerToken),
      })
      const service = createCommentsService({
        viewer,
        repository,
        loaders,
        postProjection,
        deletedUsers,
        logSecurity,
        now,
      })
      return {
        viewer,
        address,
        service,
        subscribe: createSubscribe(eventLog, 'comments', stream),
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
