import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const verifyEmail: MutationResolvers['verifyEmail'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ user: await service.verifyEmail(input) }))
