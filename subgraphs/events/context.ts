import type { Subscribe } from '../../packages/subgraph-kit/subscriptions/sourceEvents'
import type { Writer } from '../../packages/subgraph-kit/rate-limits/writeLimits'
import type { EventsService } from './service'

/** What the resolvers of one request share, or those of one event of a subscription. */
export interface Context extends Writer {
  service: EventsService
  /** For a subscription's `subscribe` alone. */
  subscribe: Subscribe<Context>
}
