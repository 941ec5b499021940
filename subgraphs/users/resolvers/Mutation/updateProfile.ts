import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const updateProfile: MutationResolvers['updateProfile'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ user: await service.updateProfile(input) }))
