import type { Subscribe } from '../../packages/subgraph-kit/subscriptions/sourceEvents'
import type { Writer } from '../../packages/subgraph-kit/rate-limits/writeLimits'
import type { CommentsService } from './service'

/** The context of the resolvers, created for each request and for each event of a subscription. */
export interface Context extends Writer {
  service: CommentsService
  /** Throws outside of subscriptions. */
  subscribe: Subscribe<Context>
}
