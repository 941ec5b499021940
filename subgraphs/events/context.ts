import type { Subscribe, Writer } from '../../packages/subgraph-kit'
import type { EventsService } from './service'

/** The context of the resolvers, created for each request and for each source event of a subscription. */
export interface Context extends Writer {
  service: EventsService
  /** Subscribes to the topic of the subgraph. Available in subscriptions only. */
  subscribe: Subscribe<Context>
}
