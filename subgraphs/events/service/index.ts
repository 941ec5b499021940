import type { Viewer } from '../../shared/viewer'
import type { EventLoaders } from '../loaders'
import type { EventRepository } from '../repository'
import { createEventUseCases } from './events'
import { createListUseCases } from './lists'
import { createRegistrationUseCases } from './registrations'

export interface EventsServiceDependencies {
  viewer: Viewer
  repository: EventRepository
  loaders: EventLoaders
  now: () => Date
}

export type EventsService = ReturnType<typeof createEventsService>

/** The use cases of events and registrations, for one viewer. */
export function createEventsService(dependencies: EventsServiceDependencies) {
  return {
    ...createEventUseCases(dependencies),
    ...createListUseCases(dependencies),
    ...createRegistrationUseCases(dependencies),
  }
}
