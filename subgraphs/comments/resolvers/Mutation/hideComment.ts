import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const hideComment: MutationResolvers['hideComment'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ comment: await service.hideComment(input) }))
