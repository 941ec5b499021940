import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const removeContentOf: MutationResolvers['removeContentOf'] = (_, { input }, { service }) =>
  toMutationPayload(async () => {
    await service.removeContentOf(input)
    return {}
  })
