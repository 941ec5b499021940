import type { SecurityLog } from '../../../packages/auth/securityLog'
import type { Viewer } from '../../../packages/auth/viewer'
import type { ProjectedPost } from '../domain/postVisibility'
import type { CommentLoaders } from '../loaders'
import type { CommentRepository } from '../repository'

/** The dependencies of the use cases of one request. */
export interface CommentsServiceDependencies {
  viewer: Viewer
  repository: CommentRepository
  loaders: CommentLoaders
  postProjection: {
    /** Returns the projected posts, by ID; null for deleted ones. */
    find(ids: readonly string[]): Promise<ReadonlyMap<string, ProjectedPost | null>>
  }
  deletedUsers: {
    isDeleted(id: string): Promise<boolean>
  }
  logSecurity: SecurityLog
  now: () => Date
}
