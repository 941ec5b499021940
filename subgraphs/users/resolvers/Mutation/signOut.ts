import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const signOut: MutationResolvers['signOut'] = (_, { input }, { service }) =>
  toMutationPayload(async () => {
    await service.signOut(input)
    return {}
  })
