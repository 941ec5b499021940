import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const restorePost: MutationResolvers['restorePost'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ post: await service.restorePost(input.postId) }))
