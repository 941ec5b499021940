import { requireService } from '../../../packages/auth'
import type { QueryResolvers } from '../__generated__/resolvers'

export const Query: QueryResolvers = {
  post: (_, { id }, { service }) => service.post(id),
  posts: (_, args, { service }) => service.posts(args),
  postFacts: (_, args, { viewer, service }) => {
    requireService(viewer)
    return service.postFacts(args)
  },
  postContentKey: (_, { id }, { viewer, service }) => {
    requireService(viewer)
    return service.postContentKey(id)
  },
}
