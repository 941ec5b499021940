import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const deleteAccount: MutationResolvers['deleteAccount'] = (_, { input }, { service, sessionCookie }) =>
  toMutationPayload(async () => {
    const deletedUserId = await service.deleteAccount(input)
    sessionCookie?.clear()
    return { deletedUserId }
  })
