import type { EventsServiceDependencies } from './dependencies'
import { createAnnouncementUseCases } from './announcements'
import { createEventUseCases } from './events'
import { createListUseCases } from './lists'
import { createRegistrationUseCases } from './registrations'

export type EventsService = ReturnType<typeof createEventsService>

/** Creates the use cases of one request. */
export function createEventsService(dependencies: EventsServiceDependencies) {
  return {
    ...createAnnouncementUseCases(dependencies),
    ...createEventUseCases(dependencies),
    ...createListUseCases(dependencies),
    ...createRegistrationUseCases(dependencies),
  }
}
