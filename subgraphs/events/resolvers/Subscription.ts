import { requireId } from '../../../schema/ids'
import type { SubscriptionResolvers } from '../__generated__/resolvers'
import { createEventUpdateMapper, type EventUpdate } from '../messaging/eventMappers'

export const Subscription: SubscriptionResolvers = {
  eventUpdated: {
    subscribe(_, { eventId }, { subscribe }) {
      requireId('Event', eventId, ['eventId'])
      return subscribe(createEventUpdateMapper(eventId))
    },
    resolve: (update: EventUpdate): EventUpdate => update,
  },
}
