import type { SecurityLog } from '../../../packages/auth/securityLog'
import type { Viewer } from '../../../packages/auth/viewer'
import type { EventLoaders } from '../loaders'
import type { EventRepository } from '../repository'

export interface EventsServiceDependencies {
  viewer: Viewer
  repository: EventRepository
  loaders: EventLoaders
  /** Whether an account is known to be gone, asked anew each time. */
  isUserDeleted(userId: string): Promise<boolean>
  logSecurity: SecurityLog
  now: () => Date
}
