import { isId } from '../../../packages/platform/ids/ids'
import type { UserResolvers } from '../__generated__/resolvers'

/** What this subgraph adds to users. */
export const User: UserResolvers = {
  __resolveReference: (user) => (isId('User', user.id) ? user : null),
  comments: ({ id }, args, { service }) => service.writtenBy(id, args),
}
