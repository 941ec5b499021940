import { isReachable } from '../shared/database'
import { createFollow } from '../shared/feed/happenings'
import { createOwnRelay } from '../shared/feed/ownRelay'
import type { Peer } from '../shared/peer'
import { createSecurityLog } from '../shared/securityLog'
import { createSubgraphSchema } from '../shared/subgraph/schema'
import type { Subgraph } from '../shared/subgraph/serve'
import type { SubgraphTools } from '../shared/subgraph/tools'
import type { Context } from './context'
import { createCommentsFeed } from './feed'
import { createCommentLoaders } from './loaders'
import { askPostStatuses } from './posts'
import { createCommentRepository } from './repository'
import { resolvers } from './resolvers'
import { writeKinds } from './resolvers/writeKinds'
import { createCommentsService } from './service'

export interface CommentsDependencies extends SubgraphTools {
  /** The posts subgraph; whoever made it closes it. */
  posts: Peer
  /** The users subgraph, asked who is gone. */
  users: Peer
  /** The clock; the machine's unless a test says otherwise. */
  now?: () => Date
}

/** The composition root of the comments subgraph: puts it together and starts nothing. */
export function createCommentsSubgraph(dependencies: CommentsDependencies): Subgraph<Context> {
  const { connection, feed, writeLimiter, posts, now = () => new Date() } = dependencies
  const logSecurity = createSecurityLog(dependencies.log)
  const relay = createOwnRelay(dependencies, 'comments')
  const repository = createCommentRepository(connection, relay.trigger)
  const exchange = createCommentsFeed({ ...dependencies, relay, comments: repository, now })
  const { knownPosts, goneUsers } = exchange
  return {
    name: 'comments',
    schema: createSubgraphSchema({ name: 'comments', resolvers, writeKinds, writeLimiter }),
    createContext: ({ viewer, address, viewerToken, stream }) => {
      const loaders = createCommentLoaders(repository, {
        standings: (ids) => knownPosts.standings(viewer, ids),
        ask: (ids) => askPostStatuses(posts, ids, viewerToken),
      })
      const service = createCommentsService({
        viewer,
        repository,
        loaders,
        knownPosts,
        goneUsers,
        logSecurity,
        now,
      })
      return {
        viewer,
        address,
        service,
        follow: createFollow(feed, 'comments', stream),
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
