import type { UserResolvers } from '../__generated__/resolvers'

export const User: UserResolvers = {
  posts: ({ id }, args, { service }) => service.postsByAuthor(id, args),
}
