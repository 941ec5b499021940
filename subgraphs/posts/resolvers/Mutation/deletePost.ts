import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const deletePost: MutationResolvers['deletePost'] = (_, { input }, { service }) =>
  payload(async () => ({ deletedPostId: await service.deletePost(input.postId) }))
