import type { SecurityLog, Viewer } from '../../../packages/auth'
import type { CachePolicy } from '../../../packages/subgraph-kit/cache'
import type { ProjectedEvent } from '../domain/eventVisibility'
import type { PostLoaders } from '../loaders'
import type { PostRepository } from '../repository'

/** The dependencies of the use cases of one request. */
export interface PostsServiceDependencies {
  viewer: Viewer
  cachePolicy: CachePolicy
  repository: PostRepository
  loaders: PostLoaders
  /** Returns an event; null when deleted, undefined when not projected. */
  findProjectedEvent(id: string): Promise<ProjectedEvent | null | undefined>
  /**
   * Queries the events subgraph whether an event is visible to the viewer.
   *
   * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
   */
  fetchEventVisibility(eventId: string): Promise<boolean>
  /** Returns whether an account is known to be deleted. */
  isUserDeleted(userId: string): Promise<boolean>
  logSecurity: SecurityLog
  /** Counts a new post in the metrics. */
  countPost(): void
  now: () => Date
}
