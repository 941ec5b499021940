import type { Follow } from '../shared/feed/happenings'
import type { Writer } from '../shared/rateLimit/writeLimits'
import type { EventsService } from './service'

/** What the resolvers of one request share, or those of one event of a subscription. */
export interface Context extends Writer {
  service: EventsService
  /** For a subscription's `subscribe` alone. */
  follow: Follow<Context>
}
