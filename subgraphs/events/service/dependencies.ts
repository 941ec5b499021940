import type { Log } from '../../shared/log'
import type { Viewer } from '../../shared/viewer'
import type { EventLoaders } from '../loaders'
import type { EventRepository } from '../repository'

export interface EventsServiceDependencies {
  viewer: Viewer
  repository: EventRepository
  loaders: EventLoaders
  /** Whether an account is known to be gone, asked anew each time. */
  isGone(userId: string): Promise<boolean>
  now: () => Date
  log: Log
}
