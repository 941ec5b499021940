import type { PostResolvers } from '../__generated__/resolvers'
import { canDelete, canUpdate } from '../domain/post'

export const Post: PostResolvers = {
  __resolveReference: ({ id }, { service }) => service.postReference(id),
  author: ({ authorId }) => (authorId === null ? null : { __typename: 'User', id: authorId }),
  event: ({ eventId }) => (eventId === null ? null : { __typename: 'Event', id: eventId }),
  viewerCanUpdate: (post, _, { viewer }) => canUpdate(viewer, post),
  viewerCanDelete: (post, _, { viewer }) => canDelete(viewer, post),
}
