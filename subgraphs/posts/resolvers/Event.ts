import type { EventResolvers } from '../__generated__/resolvers'

export const Event: EventResolvers = {
  posts: ({ id }, args, { service }) => service.postsByEvent(id, args),
}
