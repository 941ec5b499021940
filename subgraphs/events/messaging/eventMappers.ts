import type { EventMapper } from '../../../packages/subgraph-kit'
import type { Event } from '../domain/event'
import type { EventsService } from '../service'

/** The root value of `Subscription.eventUpdated`. */
export interface EventUpdate {
  /** Null after a deletion. */
  event: Event | null
}

const updateTypes = ['event.published', 'event.cancelled', 'event.changed']

/** Creates the mapper from domain events to the updates of one event. */
export function createEventUpdateMapper(
  eventId: string,
): EventMapper<{ service: Pick<EventsService, 'eventReference'> }> {
  return ({ type, entity, data }) => {
    if (entity !== eventId) return undefined
    // The deletion of an event that was never published is not sent, since only its organizer could see it.
    if (type === 'event.deleted' && data['wasPublished'] === true) return (): EventUpdate => ({ event: null })
    if (!updateTypes.includes(type)) return undefined
    return async ({ service }): Promise<EventUpdate | null> => {
      const event = await service.eventReference(eventId)
      return event && { event }
    }
  }
}
