import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const publishPost: MutationResolvers['publishPost'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ post: await service.publishPost(input.postId) }))
