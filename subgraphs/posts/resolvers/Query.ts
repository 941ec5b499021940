import type { QueryResolvers } from '../__generated__/resolvers'

export const Query: QueryResolvers = {
  post: (_, { id }, { service }) => service.post(id),
  posts: (_, args, { service }) => service.posts(args),
}
