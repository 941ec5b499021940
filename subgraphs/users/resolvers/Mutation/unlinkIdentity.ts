import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const unlinkIdentity: MutationResolvers['unlinkIdentity'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ user: await service.unlinkIdentity(input) }))
