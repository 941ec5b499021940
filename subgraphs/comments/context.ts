import type { Follow } from '../shared/feed/happenings'
import type { Writer } from '../shared/rateLimit/writeLimits'
import type { CommentsService } from './service'

/** What a resolver gets: made anew for each request, and for each event of a subscription. */
export interface Context extends Writer {
  service: CommentsService
  /** For a subscription's `subscribe` alone. */
  follow: Follow<Context>
}
