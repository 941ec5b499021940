import { unauthenticated } from '../../shared/errors'
import type { RateLimiter } from '../../shared/rateLimit/rateLimit'
import { requireViewer, type Viewer } from '../../shared/viewer'
import { createDeviceToken } from '../deviceToken'
import type { UserLoaders } from '../loaders'
import type { UserRepository } from '../repository'
import type { Account } from '../user'
import type { PasswordGuard } from './passwordGuard'
import type { RoleKeeper } from './roleKeeper'
import type { IssuedSession, SessionKeeper } from './sessionKeeper'

/** What the use cases of one request work with. */
export interface ServiceDependencies {
  viewer: Viewer
  /** The client's network address. */
  address: string
  users: UserRepository
  loaders: UserLoaders
  limiter: RateLimiter
  guard: PasswordGuard
  sessions: SessionKeeper
  roles: RoleKeeper
  now: () => Date
}

/** The same, and what the use cases of one request let each other know. */
export interface UseCaseDependencies extends ServiceDependencies {
  /** Users whom the client has proved to be in this request: by a session that is good, or by getting one. */
  proved: Set<string>
}

/**
 * The viewer's own account, by what the database says now: an access token outlives its session by minutes, and
 * carries the role that the user had when it was signed.
 *
 * @throws UNAUTHENTICATED for an anonymous viewer and for one whose session has ended
 */
export async function requireAccount({ viewer, sessions, proved }: UseCaseDependencies): Promise<Account> {
  const { id, sessionId } = requireViewer(viewer)
  const account = await sessions.check(sessionId, id)
  if (!account) throw unauthenticated('Your session has ended. Sign in again.')
  proved.add(id)
  return account
}

/** A session together with the token that proves its device at later sign-ins. */
export type FirstSession = IssuedSession & { deviceToken: string | null }

/** Begins a session for an account whose password has been proved just now. */
export async function beginSession(
  { sessions, now }: ServiceDependencies,
  account: Account,
): Promise<FirstSession> {
  const { user, passwordHash } = account
  const session = await sessions.begin(account)
  return {
    ...session,
    deviceToken: passwordHash === null ? null : createDeviceToken({ userId: user.id, passwordHash }, now()),
  }
}
