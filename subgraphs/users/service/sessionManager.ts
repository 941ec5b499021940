import { z } from 'zod'

import { enforceRateLimit, mutationRejected, type RateLimiter } from '../../../packages/platform'
import type { SecurityLog } from '../../../packages/auth'
import {
  createRefreshToken,
  deriveExchangeKey,
  parseRefreshToken,
  rotateRefreshToken,
  type RefreshToken,
} from '../domain/refreshToken'
import type { Authentication } from '../domain/identities/identity'
import { sealText, unsealText } from '../domain/sealing'
import {
  appendExchange,
  getRefreshTokenState,
  refreshTokenLifetimeMs,
  type Session,
  type SessionClient,
  type TokenExchange,
} from '../domain/session'
import { listRefreshCharges } from '../domain/sessionLimits'
import type { Account, User } from '../domain/user'
import type { SessionRepository, UserRepository } from '../repository'
import type { AccessTokenSigner } from './accessTokenSigner'

/** The tokens that a client receives when it begins or renews a session. */
export type IssuedSession = z.output<typeof issuedSession>

const issuedSession = z.object({
  accessToken: z.string(),
  accessTokenExpiresAt: z.coerce.date(),
  refreshToken: z.string(),
  refreshTokenExpiresAt: z.coerce.date(),
})

interface SessionManagerDependencies {
  users: UserRepository
  sessions: SessionRepository
  accessTokenSigner: AccessTokenSigner
  /** Known to the server only; see {@link deriveExchangeKey}. */
  sealingSecret: Buffer
  writeLimiter: RateLimiter
  logSecurity: SecurityLog
  now: () => Date
}

/** An ended session, or with `everywhere` all sessions of its user. */
interface EndedSession {
  userId: string
  sessionId: string
  everywhere: boolean
}

const maxListedSessions = 100

export type SessionManager = ReturnType<typeof createSessionManager>

const expired = () => mutationRejected('EXPIRED', 'refreshToken', 'This session has ended. Sign in again.')

/** Creates the manager that begins, renews and ends sessions. */
export function createSessionManager(dependencies: SessionManagerDependencies) {
  const { users, sessions, accessTokenSigner, sealingSecret, writeLimiter, logSecurity, now } = dependencies

  function issue(account: Account, token: RefreshToken, at: Date): IssuedSession {
    const { text, expiresAt } = accessTokenSigner.sign(account, token.sessionId, at)
    return {
      accessToken: text,
      accessTokenExpiresAt: expiresAt,
      refreshToken: token.text,
      refreshTokenExpiresAt: new Date(at.getTime() + refreshTokenLifetimeMs),
    }
  }

  /** Returns the account of a session; undefined if the session belongs to an earlier epoch. */
  async function findAccount({ userId, epoch }: Session): Promise<Account | undefined> {
    const account = await users.accountById(userId)
    return account?.sessionEpoch === epoch ? account : undefined
  }

  /** @returns undefined if a concurrent exchange of the same token came first */
  async function exchangeToken(session: Session, token: RefreshToken, account: Account) {
    const at = now()
    const next = rotateRefreshToken(token)
    const issued = issue(account, next, at)
    const sealedAnswer = sealText(deriveExchangeKey(sealingSecret, token), JSON.stringify(issued))
    const written = await sessions.exchangeToken(session.id, token.hash, {
      tokenHash: next.hash,
      exchanges: appendExchange(session, { tokenHash: token.hash, at, sealedAnswer }),
      expiresAt: issued.refreshTokenExpiresAt,
    })
    return written ? issued : undefined
  }

  function replayExchange(token: RefreshToken, { sealedAnswer }: TokenExchange): IssuedSession {
    const issued = unsealText(deriveExchangeKey(sealingSecret, token), sealedAnswer)
    // Sealed by a process with another signing key, during a key rotation: the user has to sign in again.
    if (issued === undefined) throw expired()
    return issuedSession.parse(JSON.parse(issued))
  }

  return {
    /** Begins a session family in the epoch of the account as read when its user was authenticated. */
    async beginSession(
      account: Account,
      client: SessionClient,
      authentication: Authentication,
    ): Promise<IssuedSession> {
      const { user, sessionEpoch } = account
      const token = createRefreshToken()
      const createdAt = now()
      const issued = issue(account, token, createdAt)
      await sessions.insert({
        id: token.sessionId,
        userId: user.id,
        epoch: sessionEpoch,
        tokenHash: token.hash,
        exchanges: [],
        expiresAt: issued.refreshTokenExpiresAt,
        ...authentication,
        createdAt,
        client,
      })
      return issued
    },

    /**
     * Exchanges a refresh token. Of several concurrent exchanges, the atomic write of `sessions.exchangeToken` lets one
     * issue the session, and the others return the same one. Reuse of an older token ends the whole family.
     *
     * @param address the client's network address, for the security log
     * @throws MutationRejectedError with EXPIRED
     */
    async renewSession(
      refreshToken: string,
      address: string,
    ): Promise<{ session: IssuedSession; user: User }> {
      const token = parseRefreshToken(refreshToken)
      if (!token) throw expired()
      for (;;) {
        const session = await sessions.find(token.sessionId)
        const account = session && (await findAccount(session))
        if (!session || !account) throw expired()
        const { user } = account
        const state = getRefreshTokenState(session, token.hash, now())
        switch (state.phase) {
          case 'expired':
            throw expired()
          case 'reused':
            await sessions.end(session.id, now())
            logSecurity('refresh-token.reused', { userId: user.id, sessionId: session.id, address })
            throw expired()
          case 'repeated':
            return { session: replayExchange(token, state.exchange), user }
          case 'current': {
            await enforceRateLimit(writeLimiter, listRefreshCharges(session.id))
            const issued = await exchangeToken(session, token, account)
            if (issued) return { session: issued, user }
          }
        }
      }
    },

    /**
     * Ends the session family of a refresh token, or all sessions of its user.
     *
     * @returns the ended session; undefined if the token is unknown or expired
     */
    async endSession(refreshToken: string, everywhere: boolean): Promise<EndedSession | undefined> {
      const token = parseRefreshToken(refreshToken)
      const session = token && (await sessions.find(token.sessionId))
      if (!session) return undefined
      const { id: sessionId, userId, epoch } = session
      if (everywhere && session.expiresAt > now()) {
        await users.endSessionEpoch(userId, epoch, now())
        await sessions.deleteUntilEpoch(userId, epoch)
        return { userId, sessionId, everywhere: true }
      }
      return (await sessions.end(sessionId, now())) ? { userId, sessionId, everywhere: false } : undefined
    },

    /** Returns the active sessions of an account, the latest sign-in first, at most 100. */
    listSessions: ({ user, sessionEpoch }: Account): Promise<Session[]> =>
      sessions.findByUser(user.id, sessionEpoch, now(), maxListedSessions),

    /** Ends a session, and revokes its access token. */
    revokeSession: (sessionId: string): Promise<boolean> => sessions.end(sessionId, now()),

    /** Deletes the sessions of a user that a new epoch has ended. */
    deleteSessions: (userId: string, epoch: number) => sessions.deleteUntilEpoch(userId, epoch),

    /** Returns how the user of a session has signed in last. */
    async findAuthentication(sessionId: string): Promise<Authentication> {
      const session = await sessions.find(sessionId)
      return {
        ...(session?.authenticatedAt && { authenticatedAt: session.authenticatedAt }),
        ...(session?.provider !== undefined && { provider: session.provider }),
      }
    },

    /** Records that the user of a session has signed in with a provider again. */
    recordAuthentication: (sessionId: string, authentication: Required<Authentication>) =>
      sessions.recordAuthentication(sessionId, authentication),

    /** Returns the account of a user with an active session; undefined if the session has ended. */
    async findActiveAccount(sessionId: string, userId: string): Promise<Account | undefined> {
      const [session, account] = await Promise.all([sessions.find(sessionId), users.accountById(userId)])
      const isActive =
        session?.userId === userId && session.expiresAt > now() && session.epoch === account?.sessionEpoch
      return isActive ? account : undefined
    },
  }
}
