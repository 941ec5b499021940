import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const deleteComment: MutationResolvers['deleteComment'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ comment: await service.deleteComment(input) }))
