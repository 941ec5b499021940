import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const unsuspendUser: MutationResolvers['unsuspendUser'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ user: await service.unsuspendUser(input) }))
