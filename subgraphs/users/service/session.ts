import { refused } from '../../shared/errors'
import { canBeCredentials, type User } from '../user'
import { beginSession, type FirstSession, type UseCaseDependencies } from './dependencies'
import type { IssuedSession } from './sessionKeeper'

export interface Credentials {
  email: string
  password: string
  /** Of an earlier session on the same device. */
  deviceToken?: string | null
}

const wrongCredentials = () => refused('BAD_CREDENTIALS', null, 'This email and password do not match.')

/** Signing in and out. Everyone may. */
export function createSessionUseCases(dependencies: UseCaseDependencies) {
  const { users, guard, sessions, address, proved } = dependencies
  return {
    async signIn({ email, password, deviceToken }: Credentials): Promise<{
      session: FirstSession
      user: User
    }> {
      if (!canBeCredentials(email, password)) throw wrongCredentials()
      const account = await users.accountByEmail(email)
      const good = await guard.checkSignIn({ email, account, password, deviceToken, address })
      if (!good || !account) throw wrongCredentials()
      proved.add(account.user.id)
      return { session: await beginSession(dependencies, account), user: account.user }
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
