import type { Follow } from '../shared/feed/happenings'
import type { Viewer } from '../shared/viewer'
import type { PostsService } from './service'

/** What a resolver gets: made anew for each request, and for each event of a subscription. */
export interface Context {
  viewer: Viewer
  service: PostsService
  /** For a subscription's `subscribe` alone. */
  follow: Follow<Context>
}
