import type { Writer } from '../shared/rateLimit/writeLimits'
import type { UsersService } from './service'

/** What every resolver of users gets. Made anew for each request. */
export interface Context extends Writer {
  service: UsersService
}
