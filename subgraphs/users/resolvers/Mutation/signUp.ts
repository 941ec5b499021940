import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'
import { storeRefreshToken } from '../sessionCookie'

export const signUp: MutationResolvers['signUp'] = (_, { input }, { service, sessionCookie }) =>
  toMutationPayload(async () => {
    const { session, user } = await service.signUp(input)
    return { session: storeRefreshToken(session, sessionCookie), user }
  })
