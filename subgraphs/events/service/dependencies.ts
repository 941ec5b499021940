import type { Viewer } from '../../shared/viewer'
import type { EventLoaders } from '../loaders'
import type { EventRepository } from '../repository'

export interface EventsServiceDependencies {
  viewer: Viewer
  repository: EventRepository
  loaders: EventLoaders
  now: () => Date
}
