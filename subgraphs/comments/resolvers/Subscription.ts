import { requireId } from '../../../schema/ids'
import type { SubscriptionResolvers } from '../__generated__/resolvers'
import {
  createAddedCommentMapper,
  createUpdatedCommentMapper,
  type CommentPayload,
} from '../messaging/eventMappers'

const resolve = (payload: CommentPayload) => payload

export const Subscription: SubscriptionResolvers = {
  commentAdded: {
    subscribe: async (_, { postId }, { subscribe }) =>
      subscribe(createAddedCommentMapper(requireId('Post', postId, ['postId']))),
    resolve,
  },
  commentUpdated: {
    subscribe: async (_, { postId }, { subscribe }) =>
      subscribe(createUpdatedCommentMapper(requireId('Post', postId, ['postId']))),
    resolve,
  },
}
