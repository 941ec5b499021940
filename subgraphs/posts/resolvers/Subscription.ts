import type { DomainEvent } from '../../../packages/event-log/eventLog'
import type { SubscriptionResolvers } from '../__generated__/resolvers'
import type { ExcerptedPost } from '../domain/post'

interface Told {
  post: ExcerptedPost
}

/** Whether a post has become a published one. */
const isPublication = ({ type, data }: DomainEvent): boolean =>
  type === 'post.published' || (type === 'post.created' && data['status'] === 'PUBLISHED')

export const Subscription: SubscriptionResolvers = {
  postPublished: {
    subscribe: (_, { tag }, { subscribe }) =>
      subscribe((event) => {
        if (!isPublication(event)) return undefined
        return async ({ service }): Promise<Told | null> => {
          const post = await service.publishedPost(event.entity, tag)
          return post && { post }
        }
      }),
    resolve: (told: Told): Told => told,
  },
}
