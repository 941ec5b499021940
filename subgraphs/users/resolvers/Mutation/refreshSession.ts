import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'
import { storeRefreshToken } from '../sessionCookie'

export const refreshSession: MutationResolvers['refreshSession'] = (
  _,
  { input },
  { service, sessionCookie },
) =>
  toMutationPayload(async () => {
    const refreshToken = input.refreshToken ?? sessionCookie?.value
    const { session, user } = await service.refreshSession({ refreshToken })
    return { session: storeRefreshToken(session, sessionCookie), user }
  })
