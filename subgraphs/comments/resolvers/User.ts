import { isId } from '../../../schema/ids'
import type { UserResolvers } from '../__generated__/resolvers'

export const User: UserResolvers = {
  __resolveReference: (user) => (isId('User', user.id) ? user : null),
  comments: ({ id }, args, { service }) => service.commentsByAuthor(id, args),
}
