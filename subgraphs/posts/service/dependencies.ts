import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SecurityLog } from '../../../packages/auth/securityLog'
import type { Viewer } from '../../../packages/auth/viewer'
import type { DeletedEntityTracker } from '../../../packages/event-log/projections/deletedEntityTracker'
import type { EventProjection } from '../messaging/eventProjection'
import type { PostLoaders } from '../loaders'
import type { PostRepository } from '../repository'

export interface PostsServiceDependencies {
  viewer: Viewer
  /** The viewer header of the request, to ask the events subgraph with. */
  viewerToken: string
  repository: PostRepository
  loaders: PostLoaders
  events: PeerClient
  eventProjection: Pick<EventProjection, 'find'>
  deletedUsers: Pick<DeletedEntityTracker, 'isDeleted'>
  logSecurity: SecurityLog
  now: () => Date
}
