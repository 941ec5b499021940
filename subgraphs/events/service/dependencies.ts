import type { SecurityLog, Viewer } from '../../../packages/auth'
import type { EventLoaders } from '../loaders'
import type { EventRepository } from '../repository'

/** The dependencies of the use cases of one request. */
export interface EventsServiceDependencies {
  viewer: Viewer
  repository: EventRepository
  loaders: EventLoaders
  deletedUsers: {
    /** Returns whether an account is known to be deleted. Not cached. */
    isDeleted(id: string): Promise<boolean>
  }
  logSecurity: SecurityLog
  /** Counts a new event in the metrics. */
  countEvent(): void
  now: () => Date
}
