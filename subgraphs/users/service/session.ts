import { refused } from '../../shared/errors'
import type { User } from '../user'
import type { UseCaseDependencies } from './dependencies'
import type { IssuedSession } from './sessionKeeper'

/** Signing in and out. Everyone may. */
export function createSessionUseCases(dependencies: UseCaseDependencies) {
  const { users, guard, sessions, address, proved, logSecurity } = dependencies
  return {
    async signIn({ email, password }: { email: string; password: string }): Promise<{
      session: IssuedSession
      user: User
    }> {
      const account = await users.accountByEmail(email)
      const good = await guard.check({ email, account, password, address })
      if (!good || !account) {
        logSecurity('sign-in.failed', { userId: account?.user.id ?? null, address })
        throw refused('BAD_CREDENTIALS', null, 'This email and password do not match.')
      }
      proved.add(account.user.id)
      return { session: await sessions.begin(account), user: account.user }
    },

    async refreshSession({ refreshToken }: { refreshToken: string }): Promise<{
      session: IssuedSession
      user: User
    }> {
      const renewed = await sessions.renew(refreshToken, address)
      proved.add(renewed.user.id)
      return renewed
    },

    async signOut({ refreshToken, everywhere = false }: { refreshToken: string; everywhere?: boolean }) {
      const ended = await sessions.end(refreshToken, everywhere)
      if (ended) logSecurity('session.ended', { reason: 'signOut', ...ended, address })
    },
  }
}
