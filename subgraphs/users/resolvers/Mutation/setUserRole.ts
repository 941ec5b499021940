import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const setUserRole: MutationResolvers['setUserRole'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ user: await service.setUserRole(input) }))
