import type { Viewer } from '../shared/viewer'
import type { UsersService } from './service'

/** What every resolver of users gets. Made anew for each request. */
export interface Context {
  viewer: Viewer
  service: UsersService
}
