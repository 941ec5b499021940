import type { Subscribe, Writer } from '../../packages/subgraph-kit'
import type { CachePolicy } from '../../packages/subgraph-kit/cache'
import type { CommentsService } from './service'

/** The context of the resolvers, created for each request and for each event of a subscription. */
export interface Context extends Writer {
  service: CommentsService
  cachePolicy: CachePolicy
  /** Throws outside of subscriptions. */
  subscribe: Subscribe<Context>
}
