import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const revokeSession: MutationResolvers['revokeSession'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ revokedSessionId: await service.revokeSession(input) }))
