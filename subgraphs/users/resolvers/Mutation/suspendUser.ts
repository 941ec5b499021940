import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const suspendUser: MutationResolvers['suspendUser'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ user: await service.suspendUser(input) }))
