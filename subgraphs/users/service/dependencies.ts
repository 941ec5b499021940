import { unauthenticated } from '../../../packages/platform/errors'
import type { RateLimiter } from '../../../packages/platform/rate-limits/rateLimiter'
import type { SecurityLog } from '../../../packages/auth/securityLog'
import { requireSignedIn, type Viewer } from '../../../packages/auth/viewer'
import { createDeviceToken } from '../domain/deviceToken'
import type { UserLoaders } from '../loaders'
import type { UserRepository } from '../repository/users'
import type { Account } from '../domain/user'
import type { PasswordGuard } from './passwordGuard'
import type { RoleManager } from './roleManager'
import type { IssuedSession, SessionManager } from './sessionManager'

/** What the use cases of one request work with. */
export interface UsersServiceDependencies {
  viewer: Viewer
  /** The client's network address. */
  address: string
  users: UserRepository
  loaders: UserLoaders
  /** For sign-ups and sessions; the guard has limits of its own. */
  writeLimiter: RateLimiter
  passwordGuard: PasswordGuard
  sessionManager: SessionManager
  roleManager: RoleManager
  logSecurity: SecurityLog
  now: () => Date
}

/** The same, and what the use cases of one request let each other know. */
export interface UseCaseDependencies extends UsersServiceDependencies {
  /** Users whom the client has proved to be in this request: by a session that is good, or by getting one. */
  authenticatedUserIds: Set<string>
}

/**
 * The viewer's own account, by what the database says now: an access token outlives its session by minutes, and
 * carries the role that the user had when it was signed.
 *
 * @throws UNAUTHENTICATED for an anonymous viewer and for one whose session has ended
 */
export async function requireAccount({
  viewer,
  sessionManager,
  authenticatedUserIds,
}: UseCaseDependencies): Promise<Account> {
  const { id, sessionId } = requireSignedIn(viewer)
  const account = await sessionManager.findActiveAccount(sessionId, id)
  if (!account) throw unauthenticated('Your session has ended. Sign in again.')
  authenticatedUserIds.add(id)
  return account
}

/** A session together with the token that proves its device at later sign-ins. */
export type SessionWithDeviceToken = IssuedSession & { deviceToken: string | null }

/** Begins a session for an account whose password has been proved just now. */
export async function beginSession(
  { sessionManager, now }: UsersServiceDependencies,
  account: Account,
): Promise<SessionWithDeviceToken> {
  const { user, passwordHash } = account
  const session = await sessionManager.beginSession(account)
  return {
    ...session,
    deviceToken: passwordHash === null ? null : createDeviceToken({ userId: user.id, passwordHash }, now()),
  }
}
