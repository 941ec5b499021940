import type { Peer } from '../../shared/peer'
import type { SecurityLog } from '../../shared/securityLog'
import type { Viewer } from '../../shared/viewer'
import type { GoneUsers } from '../goneUsers'
import type { KnownEvents } from '../knownEvents'
import type { PostLoaders } from '../loaders'
import type { PostRepository } from '../repository'

export interface PostsServiceDependencies {
  viewer: Viewer
  /** The viewer header of the request, to ask the events subgraph with. */
  viewerToken: string
  repository: PostRepository
  loaders: PostLoaders
  events: Peer
  knownEvents: Pick<KnownEvents, 'find'>
  goneUsers: Pick<GoneUsers, 'isGone'>
  logSecurity: SecurityLog
  now: () => Date
}
