import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { requireId } from '../../../packages/platform/ids/ids'
import type { SubscriptionResolvers } from '../__generated__/resolvers'
import type { Comment } from '../domain/comment'
import type { Context } from '../context'

/** The payload of both. */
interface Told {
  comment: Comment
}

/** Tells of comments on one post, as each subscriber may see them at that moment. */
async function followPost(postId: string, { subscribe }: Context, types: readonly string[]) {
  requireId('Post', postId, ['postId'])
  return subscribe(({ type, entity, data }: DomainEvent) => {
    if (!types.includes(type) || data['postId'] !== postId) return undefined
    return async ({ service }): Promise<Told | null> => {
      const comment = await service.commentToTell(entity)
      return comment && { comment }
    }
  })
}

const itself = (told: Told): Told => told

const added = ['comment.added']
const updated = ['comment.edited', 'comment.deleted', 'comment.hidden', 'comment.unhidden']

export const Subscription: SubscriptionResolvers = {
  commentAdded: {
    subscribe: (_, { postId }, context) => followPost(postId, context, added),
    resolve: itself,
  },
  commentUpdated: {
    subscribe: (_, { postId }, context) => followPost(postId, context, updated),
    resolve: itself,
  },
}
