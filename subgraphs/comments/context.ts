import type { Viewer } from '../shared/viewer'
import type { CommentsService } from './service'

/** What a resolver gets: made anew for each request. */
export interface Context {
  viewer: Viewer
  service: CommentsService
}
