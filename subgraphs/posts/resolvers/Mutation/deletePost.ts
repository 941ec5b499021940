import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const deletePost: MutationResolvers['deletePost'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ deletedPostId: await service.deletePost(input) }))
