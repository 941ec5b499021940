import { readSelectedFields } from '../../../packages/subgraph-kit'
import { requireService } from '../../../packages/auth'
import type { QueryResolvers } from '../__generated__/resolvers'

export const Query: QueryResolvers = {
  post: (_, { id }, { service }, info) => service.post(id, readSelectedFields(info, 'Post')),
  posts: (_, args, { service }, info) => service.posts(args, readSelectedFields(info, 'Post')),
  postFacts: (_, args, { viewer, service }) => {
    requireService(viewer)
    return service.postFacts(args)
  },
  postContentKey: (_, { id }, { viewer, service }) => {
    requireService(viewer)
    return service.postContentKey(id)
  },
}
