import type { CachePolicy } from '../../../packages/subgraph-kit/cache'
import { unauthenticated, type RateLimiter } from '../../../packages/platform'
import { requireSignedIn, type SecurityLog, type Viewer } from '../../../packages/auth'
import { describeClient } from '../domain/accounts/sessionInfo'
import { createDeviceToken } from '../domain/deviceToken'
import type { Authentication } from '../domain/identities/identity'
import type { SignInMethod } from '../domain/session'
import type { Account } from '../domain/user'
import type { UserLoaders } from '../loaders'
import type { IdentityProviders } from './identities/identityProviders'
import type { MailQueue } from './mail/mailQueue'
import type { SubjectType } from '../domain/moderation/report'
import type {
  ModerationActionRepository,
  NotificationRepository,
  RecipientRepository,
  ReportRepository,
  UsedFlowRepository,
  UserRepository,
  VerificationRepository,
} from '../repository'
import type { PasswordGuard } from './passwordGuard'
import type { RoleManager } from './roleManager'
import type { IssuedSession, SessionManager } from './sessionManager'

/** EMAIL_VERIFICATION: whether accounts without a verified address exist. */
export type EmailVerification = 'optional' | 'required'

/** The dependencies of the use cases of one request. */
export interface UsersServiceDependencies {
  viewer: Viewer
  cachePolicy: CachePolicy
  /** The client's network address. */
  address: string
  /** The client's program, as it describes itself. */
  userAgent: string | undefined
  users: UserRepository
  verifications: VerificationRepository
  notifications: NotificationRepository
  recipients: RecipientRepository
  reports: ReportRepository
  moderationActions: ModerationActionRepository
  loaders: UserLoaders
  mailQueue: MailQueue
  /** Whether an address must be verified before an account is created. */
  emailVerification: EmailVerification
  /** Limits sign-ups and sessions; the password guard has separate limits. */
  writeLimiter: RateLimiter
  passwordGuard: PasswordGuard
  sessionManager: SessionManager
  roleManager: RoleManager
  /**
   * Fetches an event, a post or a comment; null when it does not exist or is not visible to the viewer.
   *
   * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
   */
  fetchSubject(type: Exclude<SubjectType, 'User'>, id: string): Promise<{ authorId: string | null } | null>
  /**
   * Fetches the key of the deleted account that has written a post or comment; null for any other one.
   *
   * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
   */
  fetchContentKey(type: 'Post' | 'Comment', id: string): Promise<string | null>
  identityProviders: IdentityProviders
  usedFlows: UsedFlowRepository
  /** Known to the server only; encrypts the tokens of sign-in flows. */
  flowSecret: Buffer
  /** The addresses to which providers may send the browser back. */
  redirectUris: readonly string[]
  /** Whether users can sign in with a password. */
  isPasswordSignInOn: boolean
  logSecurity: SecurityLog
  /** Counts a new account in the metrics. */
  countSignUp(): void
  /** Counts a sign-in to an existing account in the metrics, or a failed attempt. */
  countSignIn(method: SignInMethod, isSuccessful: boolean): void
  /** Counts a report in the metrics. */
  countReport(): void
  now: () => Date
}

/** The dependencies with the state that the use cases of one request share. */
export interface UseCaseDependencies extends UsersServiceDependencies {
  /** Users as whom this request has authenticated, with an active session or by beginning one. */
  authenticatedUserIds: Set<string>
}

/**
 * Returns the viewer's account as stored now: an access token can outlive its session by minutes, and contains the role
 * of the time when it was signed.
 *
 * @throws UNAUTHENTICATED for an anonymous viewer and for an ended session
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

/** A session with the token that identifies its device at later sign-ins. */
export type SessionWithDeviceToken = IssuedSession & { deviceToken: string | null }

/** Begins a session for an account whose user has just signed in, by default with the password. */
export async function beginSession(
  { sessionManager, address, userAgent, now }: UsersServiceDependencies,
  account: Account,
  authentication: Authentication = { authenticatedAt: now() },
): Promise<SessionWithDeviceToken> {
  const { user, passwordHash } = account
  const client = describeClient(address, userAgent)
  const session = await sessionManager.beginSession(account, client, authentication)
  return {
    ...session,
    deviceToken: passwordHash === null ? null : createDeviceToken({ userId: user.id, passwordHash }, now()),
  }
}
