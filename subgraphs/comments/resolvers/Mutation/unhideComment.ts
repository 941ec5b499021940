import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const unhideComment: MutationResolvers['unhideComment'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ comment: await service.unhideComment(input.commentId) }))
