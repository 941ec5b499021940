import { isId } from '../../../schema/ids'
import type { CommentResolvers } from '../__generated__/resolvers'

export const Comment: CommentResolvers = {
  __resolveReference: ({ id }, { service }) => (isId('Comment', id) ? service.comment(id) : null),
  author: ({ authorId }) => (authorId === null ? null : { __typename: 'User', id: authorId }),
  post: ({ postId }) => ({ __typename: 'Post', id: postId }),
  parent: ({ parentId }, _, { service }) => (parentId === null ? null : service.comment(parentId)),
  replies: ({ id }, args, { service }) => service.replies(id, args),
  replyCount: ({ id }, _, { service }) => service.replyCount(id),
  viewerCanUpdate: (comment, _, { service }) => service.canUpdate(comment),
  viewerCanDelete: (comment, _, { service }) => service.canDelete(comment),
}
