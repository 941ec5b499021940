import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const revokeSession: MutationResolvers['revokeSession'] = (_, { input }, { service, sessionCookie }) =>
  toMutationPayload(async () => {
    const { revokedSessionId, isCurrent } = await service.revokeSession(input)
    if (isCurrent) sessionCookie?.clear()
    return { revokedSessionId }
  })
