import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const updatePost: MutationResolvers['updatePost'] = (_, { input }, { service }) =>
  payload(async () => ({ post: await service.updatePost(input) }))
