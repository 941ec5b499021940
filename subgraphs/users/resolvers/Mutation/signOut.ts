import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const signOut: MutationResolvers['signOut'] = (_, { input }, { service, sessionCookie }) =>
  toMutationPayload(async () => {
    const refreshToken = input.refreshToken ?? sessionCookie?.value
    // Idempotent: a client that is signed out has no cookie.
    if (refreshToken === undefined && sessionCookie) return {}
    await service.signOut({ ...input, refreshToken })
    sessionCookie?.clear()
    return {}
  })
