import { readSelectedFields } from '../../../packages/subgraph-kit'
import type { EventResolvers } from '../__generated__/resolvers'

export const Event: EventResolvers = {
  posts: ({ id }, args, { service }, info) =>
    service.postsByEvent(id, args, readSelectedFields(info, 'Post')),
}
