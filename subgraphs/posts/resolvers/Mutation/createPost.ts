import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const createPost: MutationResolvers['createPost'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ post: await service.createPost(input) }))
