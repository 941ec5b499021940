import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const publishPost: MutationResolvers['publishPost'] = (_, { input }, { service }) =>
  payload(async () => ({ post: await service.publishPost(input.postId) }))
