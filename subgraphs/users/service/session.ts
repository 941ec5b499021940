import { refused } from '../../shared/errors'
import type { User } from '../user'
import type { ServiceDependencies } from './dependencies'
import type { IssuedSession } from './sessionKeeper'

/** Signing in and out. Everyone may. */
export function createSessionUseCases({ users, guard, sessions, address }: ServiceDependencies) {
  return {
    async signIn({ email, password }: { email: string; password: string }): Promise<{
      session: IssuedSession
      user: User
    }> {
      const account = await users.accountByEmail(email)
      const good = await guard.check({ email, account, password, address })
      if (!good || !account) throw refused('BAD_CREDENTIALS', null, 'This email and password do not match.')
      return { session: await sessions.begin(account), user: account.user }
    },

    refreshSession: ({ refreshToken }: { refreshToken: string }) => sessions.renew(refreshToken),

    signOut: ({ refreshToken, everywhere = false }: { refreshToken: string; everywhere?: boolean }) =>
      sessions.end(refreshToken, everywhere),
  }
}
