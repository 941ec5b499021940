import type { Subscribe, Writer } from '../../packages/subgraph-kit'
import type { UsersService } from './service'

/** The context of the resolvers, created for each request and for each event of a subscription. */
export interface Context extends Writer {
  service: UsersService
  /** Throws outside of subscriptions. */
  subscribe: Subscribe<Context>
}
