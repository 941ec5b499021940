import { isReachable } from '../shared/database'
import type { Peer } from '../shared/peer'
import { createSubgraphSchema } from '../shared/subgraph/schema'
import type { Subgraph } from '../shared/subgraph/serve'
import type { SubgraphTools } from '../shared/subgraph/tools'
import type { Context } from './context'
import { createCommentLoaders } from './loaders'
import { askPostStatuses } from './posts'
import { createCommentRepository } from './repository'
import { resolvers } from './resolvers'
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
export function createCommentsSubgraph({
  connection,
  posts,
  now = () => new Date(),
}: CommentsDependencies): Subgraph<Context> {
  const repository = createCommentRepository(connection)
  return {
    name: 'comments',
    schema: createSubgraphSchema('comments', resolvers),
    createContext: ({ viewer, viewerToken }) => {
      const loaders = createCommentLoaders(repository, (ids) => askPostStatuses(posts, ids, viewerToken))
      return { viewer, service: createCommentsService({ viewer, repository, loaders, now }) }
    },
    prepare: repository.prepare,
    isReady: () => isReachable(connection),
    close: async () => {},
  }
}
