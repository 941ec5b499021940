import { readSelectedFields } from '../../../packages/subgraph-kit'
import type { UserResolvers } from '../__generated__/resolvers'

export const User: UserResolvers = {
  posts: ({ id }, args, { service }, info) =>
    service.postsByAuthor(id, args, readSelectedFields(info, 'Post')),
}
