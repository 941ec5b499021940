import { requireSignedIn } from '../../../packages/auth'
import type { SubscriptionResolvers } from '../__generated__/resolvers'
import { createAddedNotificationMapper, type AddedNotification } from '../messaging/eventMappers'

export const Subscription: SubscriptionResolvers = {
  notificationAdded: {
    subscribe: async (_, __, { viewer, subscribe }) =>
      subscribe(createAddedNotificationMapper(requireSignedIn(viewer).id)),
    resolve: (payload: AddedNotification) => payload,
  },
}
