import { isId } from '../../../packages/platform/ids/ids'
import type { PostResolvers } from '../__generated__/resolvers'

/** What this subgraph adds to posts. Whoever hands over a post's reference has seen that it shows to the viewer. */
export const Post: PostResolvers = {
  __resolveReference: (post) => (isId('Post', post.id) ? post : null),
  comments: ({ id }, args, { service }) => service.topLevel(id, args),
  commentCount: ({ id }, _, { service }) => service.commentCount(id),
}
