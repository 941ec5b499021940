import type { Follow } from '../shared/feed/happenings'
import type { Writer } from '../shared/rateLimit/writeLimits'
import type { PostsService } from './service'

/** What a resolver gets: made anew for each request, and for each event of a subscription. */
export interface Context extends Writer {
  service: PostsService
  /** For a subscription's `subscribe` alone. */
  follow: Follow<Context>
}
