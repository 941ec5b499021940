import type { Subscribe } from '../../packages/subgraph-kit/subscriptions/sourceEvents'
import type { Writer } from '../../packages/subgraph-kit/rate-limits/writeLimits'
import type { PostsService } from './service'

/** What a resolver gets: made anew for each request, and for each event of a subscription. */
export interface Context extends Writer {
  service: PostsService
  /** For a subscription's `subscribe` alone. */
  subscribe: Subscribe<Context>
}
