import type { Viewer } from '../shared/viewer'
import type { EventsService } from './service'

/** What the resolvers of one request share. */
export interface Context {
  viewer: Viewer
  service: EventsService
}
