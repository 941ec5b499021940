import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const editComment: MutationResolvers['editComment'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ comment: await service.editComment(input) }))
