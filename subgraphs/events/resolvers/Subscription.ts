import { requireId } from '../../shared/ids'
import type { SubscriptionResolvers } from '../__generated__/resolvers'
import type { Event } from '../event'

interface Told {
  event: Event
}

const updates = ['event.published', 'event.cancelled', 'event.changed']

export const Subscription: SubscriptionResolvers = {
  eventUpdated: {
    subscribe(_, { eventId }, { follow }) {
      requireId('Event', eventId, ['eventId'])
      return follow(({ type, entity }) => {
        if (entity !== eventId || !updates.includes(type)) return undefined
        return async ({ service }): Promise<Told | null> => {
          const event = await service.eventReference(eventId)
          return event && { event }
        }
      })
    },
    resolve: (told: Told): Told => told,
  },
}
