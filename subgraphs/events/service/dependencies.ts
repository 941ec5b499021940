import type { SecurityLog, Viewer } from '../../../packages/auth'
import type { RateLimiter } from '../../../packages/platform'
import type { CachePolicy } from '../../../packages/subgraph-kit/cache'
import type { EventLoaders } from '../loaders'
import type { EventRepository } from '../repository'

/** The dependencies of the use cases of one request. */
export interface EventsServiceDependencies {
  viewer: Viewer
  cachePolicy: CachePolicy
  repository: EventRepository
  loaders: EventLoaders
  deletedUsers: {
    /** Returns whether an account is known to be deleted. Not cached. */
    isDeleted(id: string): Promise<boolean>
  }
  /** Returns the IDs among these that belong to existing accounts. @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT */
  findExistingUserIds(ids: readonly string[]): Promise<readonly string[]>
  writeLimiter: RateLimiter
  logSecurity: SecurityLog
  /** How long before its start the check-in of an event opens. */
  checkInOpensBeforeMs: number
  /** Counts a new event in the metrics. */
  countEvent(): void
  now: () => Date
}
