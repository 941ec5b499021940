import type { SecurityLog } from '../../../packages/auth/securityLog'
import type { Viewer } from '../../../packages/auth/viewer'
import type { DeletedEntityTracker } from '../../../packages/event-log/projections/deletedEntityTracker'
import type { PostProjection } from '../messaging/postProjection'
import type { CommentLoaders } from '../loaders'
import type { CommentRepository } from '../repository'

export interface CommentsServiceDependencies {
  viewer: Viewer
  repository: CommentRepository
  loaders: CommentLoaders
  postProjection: Pick<PostProjection, 'find'>
  deletedUsers: Pick<DeletedEntityTracker, 'isDeleted'>
  logSecurity: SecurityLog
  now: () => Date
}
