import { readSelectedFields } from '../../../packages/subgraph-kit'
import type { PostResolvers } from '../__generated__/resolvers'

export const Post: PostResolvers = {
  __resolveReference: ({ id }, { service }, info) =>
    service.postReference(id, readSelectedFields(info, 'Post')),
  author: ({ authorId }) => (authorId === null ? null : { __typename: 'User', id: authorId }),
  event: ({ eventId }) => (eventId === null ? null : { __typename: 'Event', id: eventId }),
  viewerCanUpdate: (post, _, { service }) => service.canUpdate(post),
  viewerCanDelete: (post, _, { service }) => service.canDelete(post),
}
