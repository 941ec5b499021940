import { requireId } from '../../../schema/ids'
import { requireService } from '../../../packages/auth'
import type { QueryResolvers } from '../__generated__/resolvers'

export const Query: QueryResolvers = {
  comment: (_, { id }, { service }) => service.comment(requireId('Comment', id, ['id'])),
  commentActivity: (_, { postIds }, { viewer, service }) => {
    requireService(viewer)
    return service.commentActivity(postIds)
  },
  commentContentKey: (_, { id }, { viewer, service }) => {
    requireService(viewer)
    return service.commentContentKey(id)
  },
}
