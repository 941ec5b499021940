import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const changePassword: MutationResolvers['changePassword'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ session: await service.changePassword(input) }))
