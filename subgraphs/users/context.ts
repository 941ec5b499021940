import type { Writer } from '../../packages/subgraph-kit/rate-limits/writeLimits'
import type { UsersService } from './service'

/** What every resolver of users gets. Made anew for each request. */
export interface Context extends Writer {
  service: UsersService
}
