import type { Subscribe, Writer } from '../../packages/subgraph-kit'
import type { CachePolicy } from '../../packages/subgraph-kit/cache'
import type { EventsService } from './service'

/** The context of the resolvers, created for each request and for each source event of a subscription. */
export interface Context extends Writer {
  service: EventsService
  cachePolicy: CachePolicy
  /** Subscribes to the topic of the subgraph. Available in subscriptions only. */
  subscribe: Subscribe<Context>
}
