import { enforceRateLimit, mutationRejected } from '../../../packages/platform'
import { listSignInCharges } from '../domain/sessionLimits'
import { areCredentialsWithinLimits, type User } from '../domain/user'
import { beginSession, type SessionWithDeviceToken, type UseCaseDependencies } from './dependencies'
import { requirePasswordSignIn } from './identities/confirmation'
import type { IssuedSession } from './sessionManager'

interface Credentials {
  email: string
  password: string
  /** Issued with an earlier session on the same device. */
  deviceToken?: string | null
}

interface SignOutRequest {
  refreshToken?: string | null
  /** Whether to end all sessions of the user. */
  everywhere?: boolean
}

function requireRefreshToken(refreshToken: string | null | undefined): string {
  if (refreshToken != null) return refreshToken
  throw mutationRejected('REQUIRED', 'refreshToken', 'The refresh token of the session is missing.')
}

const wrongCredentials = () =>
  mutationRejected('BAD_CREDENTIALS', null, 'The email address and password do not match.')

/** Creates the use cases of sessions, for all viewers. */
export function createSessionUseCases(dependencies: UseCaseDependencies) {
  const { users, writeLimiter, passwordGuard, sessionManager, address } = dependencies
  const { authenticatedUserIds, logSecurity, countSignIn } = dependencies
  return {
    async signIn({ email, password, deviceToken }: Credentials): Promise<{
      session: SessionWithDeviceToken
      user: User
    }> {
      requirePasswordSignIn(dependencies)
      if (!areCredentialsWithinLimits(email, password)) throw wrongCredentials()
      const account = await users.accountByEmail(email)
      const isCorrect = await passwordGuard.checkSignIn({ email, account, password, deviceToken, address })
      if (!isCorrect || !account) {
        countSignIn('password', false)
        logSecurity('sign-in.failed', { userId: account?.user.id ?? null, address })
        throw wrongCredentials()
      }
      await enforceRateLimit(writeLimiter, listSignInCharges(account.user.id), { userId: account.user.id })
      authenticatedUserIds.add(account.user.id)
      const session = await beginSession(dependencies, account)
      countSignIn('password', true)
      return { session, user: account.user }
    },

    async refreshSession({ refreshToken }: { refreshToken?: string | null }): Promise<{
      session: IssuedSession
      user: User
    }> {
      const renewed = await sessionManager.renewSession(requireRefreshToken(refreshToken), address)
      authenticatedUserIds.add(renewed.user.id)
      return renewed
    },

    async signOut({ refreshToken, everywhere = false }: SignOutRequest) {
      const ended = await sessionManager.endSession(requireRefreshToken(refreshToken), everywhere)
      if (ended) logSecurity('session.ended', { reason: 'signOut', ...ended, address })
    },
  }
}
