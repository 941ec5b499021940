import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const updatePost: MutationResolvers['updatePost'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ post: await service.updatePost(input) }))
