import type { SecurityLog } from '../../shared/securityLog'
import type { Viewer } from '../../shared/viewer'
import type { GoneUsers } from '../goneUsers'
import type { KnownPosts } from '../knownPosts'
import type { CommentLoaders } from '../loaders'
import type { CommentRepository } from '../repository'

export interface CommentsServiceDependencies {
  viewer: Viewer
  repository: CommentRepository
  loaders: CommentLoaders
  knownPosts: Pick<KnownPosts, 'find'>
  goneUsers: Pick<GoneUsers, 'isGone'>
  logSecurity: SecurityLog
  now: () => Date
}
