import { refused } from '../../shared/errors'
import { canBeCredentials, type User } from '../user'
import type { UseCaseDependencies } from './dependencies'
import type { IssuedSession } from './sessionKeeper'

const wrongCredentials = () => refused('BAD_CREDENTIALS', null, 'This email and password do not match.')

/** Signing in and out. Everyone may. */
export function createSessionUseCases({ users, guard, sessions, address, proved }: UseCaseDependencies) {
  return {
    async signIn({ email, password }: { email: string; password: string }): Promise<{
      session: IssuedSession
      user: User
    }> {
      if (!canBeCredentials(email, password)) throw wrongCredentials()
      const account = await users.accountByEmail(email)
      const good = await guard.check({ email, account, password, address })
      if (!good || !account) throw wrongCredentials()
      proved.add(account.user.id)
      return { session: await sessions.begin(account), user: account.user }
    },

    async refreshSession({ refreshToken }: { refreshToken: string }): Promise<{
      session: IssuedSession
      user: User
    }> {
      const renewed = await sessions.renew(refreshToken)
      proved.add(renewed.user.id)
      return renewed
    },

    signOut: ({ refreshToken, everywhere = false }: { refreshToken: string; everywhere?: boolean }) =>
      sessions.end(refreshToken, everywhere),
  }
}
