import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const deleteAccount: MutationResolvers['deleteAccount'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ deletedUserId: await service.deleteAccount(input) }))
