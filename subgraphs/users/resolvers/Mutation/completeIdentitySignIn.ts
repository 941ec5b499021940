import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'
import { storeRefreshToken } from '../sessionCookie'

export const completeIdentitySignIn: MutationResolvers['completeIdentitySignIn'] = (
  _,
  { input },
  { service, sessionCookie },
) =>
  toMutationPayload(async () => {
    const { session, ...result } = await service.completeIdentitySignIn(input)
    return { ...result, session: storeRefreshToken(session, sessionCookie) }
  })
