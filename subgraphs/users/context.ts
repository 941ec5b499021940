import type { ClientCookie, Subscribe, Writer } from '../../packages/subgraph-kit'
import type { CachePolicy } from '../../packages/subgraph-kit/cache'
import type { UsersService } from './service'

/** The context of the resolvers, created for each request and for each event of a subscription. */
export interface Context extends Writer {
  service: UsersService
  cachePolicy: CachePolicy
  /** Keeps the refresh token of the client; undefined when the client keeps it itself. */
  sessionCookie: ClientCookie | undefined
  /** Throws outside of subscriptions. */
  subscribe: Subscribe<Context>
}
