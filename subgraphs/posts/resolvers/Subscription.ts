import type { SubscriptionResolvers } from '../__generated__/resolvers'
import { createPublicationMapper, type PostPayload } from '../messaging/eventMappers'

export const Subscription: SubscriptionResolvers = {
  postPublished: {
    subscribe: (_, { tag }, { subscribe }) => subscribe(createPublicationMapper(tag)),
    resolve: (payload: PostPayload) => payload,
  },
}
