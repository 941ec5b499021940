import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const createPost: MutationResolvers['createPost'] = (_, { input }, { service }) =>
  payload(async () => ({ post: await service.createPost(input) }))
