import type { Follow } from '../shared/feed/happenings'
import type { Viewer } from '../shared/viewer'
import type { EventsService } from './service'

/** What the resolvers of one request share, or those of one event of a subscription. */
export interface Context {
  viewer: Viewer
  service: EventsService
  /** For a subscription's `subscribe` alone. */
  follow: Follow<Context>
}
