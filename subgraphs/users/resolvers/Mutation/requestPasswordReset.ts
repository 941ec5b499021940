import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const requestPasswordReset: MutationResolvers['requestPasswordReset'] = (_, { input }, { service }) =>
  toMutationPayload(async () => {
    await service.requestPasswordReset(input)
    return {}
  })
