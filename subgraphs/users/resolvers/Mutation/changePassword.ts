import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'
import { storeRefreshToken } from '../sessionCookie'

export const changePassword: MutationResolvers['changePassword'] = (
  _,
  { input },
  { service, sessionCookie },
) =>
  toMutationPayload(async () => ({
    session: storeRefreshToken(await service.changePassword(input), sessionCookie),
  }))
