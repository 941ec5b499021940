import type { SecurityLog, Viewer } from '../../../packages/auth'
import type { CachePolicy } from '../../../packages/subgraph-kit/cache'
import type { ProjectedPost } from '../domain/postVisibility'
import type { CommentLoaders } from '../loaders'
import type { CommentRepository } from '../repository'

/** The dependencies of the use cases of one request. */
export interface CommentsServiceDependencies {
  viewer: Viewer
  cachePolicy: CachePolicy
  repository: CommentRepository
  loaders: CommentLoaders
  /** Returns the projected posts, by ID; null for deleted ones. */
  findProjectedPosts(ids: readonly string[]): Promise<ReadonlyMap<string, ProjectedPost | null>>
  /** Returns whether an account is known to be deleted. */
  isUserDeleted(userId: string): Promise<boolean>
  logSecurity: SecurityLog
  /** Counts a new comment in the metrics. */
  countComment(): void
  now: () => Date
}
