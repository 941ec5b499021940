import type { EventsServiceDependencies } from './dependencies'
import { createEventUseCases } from './events'
import { createListUseCases } from './lists'
import { createRegistrationUseCases } from './registrations'

export type EventsService = ReturnType<typeof createEventsService>

/** The use cases of events and registrations, for one viewer. */
export function createEventsService(dependencies: EventsServiceDependencies) {
  return {
    ...createEventUseCases(dependencies),
    ...createListUseCases(dependencies),
    ...createRegistrationUseCases(dependencies),
  }
}
