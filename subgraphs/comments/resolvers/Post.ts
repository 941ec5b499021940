import { isId } from '../../../schema/ids'
import type { PostResolvers } from '../__generated__/resolvers'

/** The posts subgraph returns references to visible posts only, so that visibility is not checked again. */
export const Post: PostResolvers = {
  __resolveReference: (post) => (isId('Post', post.id) ? post : null),
  comments: ({ id }, args, { service }) => service.topLevelComments(id, args),
  commentCount: ({ id }, _, { service }) => service.commentCount(id),
}
