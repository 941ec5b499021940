import { requireId } from '../../../packages/platform/ids/ids'
import type { SubscriptionResolvers } from '../__generated__/resolvers'
import type { Event } from '../domain/event'

interface Told {
  /** Null when it was deleted. */
  event: Event | null
}

const updates = ['event.published', 'event.cancelled', 'event.changed']

export const Subscription: SubscriptionResolvers = {
  eventUpdated: {
    subscribe(_, { eventId }, { subscribe }) {
      requireId('Event', eventId, ['eventId'])
      return subscribe(({ type, entity, data }) => {
        if (entity !== eventId) return undefined
        // The deletion of an event that was never published is not sent: only its organizer knew of it.
        if (type === 'event.deleted' && data['wasPublished'] === true) return (): Told => ({ event: null })
        if (!updates.includes(type)) return undefined
        return async ({ service }): Promise<Told | null> => {
          const event = await service.eventReference(eventId)
          return event && { event }
        }
      })
    },
    resolve: (told: Told): Told => told,
  },
}
