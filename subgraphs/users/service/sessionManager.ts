import { z } from 'zod'

import { mutationRejected } from '../../../packages/platform/errors'
import { enforceRateLimit, type RateLimiter } from '../../../packages/platform/rate-limits/rateLimiter'
import type { SecurityLog } from '../../../packages/auth/securityLog'
import type { AccessTokenSigner } from './accessTokenSigner'
import type { UserRepository } from '../repository/users'
import {
  createRefreshToken,
  parseRefreshToken,
  sealText,
  rotateRefreshToken,
  unsealText,
  type RefreshToken,
} from '../domain/refreshToken'
import { listRefreshCharges } from '../domain/sessionLimits'
import type { SessionRepository } from '../repository/sessions'
import {
  refreshTokenLifetimeMs,
  getRefreshTokenState,
  appendExchange,
  type TokenExchange,
  type Session,
} from '../domain/session'
import type { Account, User } from '../domain/user'

/** What a client gets when it signs in or renews its session. */
export type IssuedSession = z.output<typeof issuedSession>

const issuedSession = z.object({
  accessToken: z.string(),
  accessTokenExpiresAt: z.coerce.date(),
  refreshToken: z.string(),
  refreshTokenExpiresAt: z.coerce.date(),
})

export interface SessionManagerDependencies {
  users: UserRepository
  sessions: SessionRepository
  accessTokenSigner: AccessTokenSigner
  /** Of the server alone; see {@link sealText}. */
  sealingSecret: Buffer
  writeLimiter: RateLimiter
  logSecurity: SecurityLog
  now: () => Date
}

/** A session that has ended, or with `everywhere` all sessions of its user. */
export interface EndedSession {
  userId: string
  sessionId: string
  everywhere: boolean
}

export type SessionManager = ReturnType<typeof createSessionManager>

const expired = () => mutationRejected('EXPIRED', 'refreshToken', 'This session has ended. Sign in again.')

/** Begins sessions, renews them and ends them. */
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

  /** The account of a session, if the session is one of its present epoch. */
  async function accountOf({ userId, epoch }: Session): Promise<Account | undefined> {
    const account = await users.accountById(userId)
    return account?.sessionEpoch === epoch ? account : undefined
  }

  /** @returns undefined when another exchange of the same token was first */
  async function exchange(session: Session, token: RefreshToken, account: Account) {
    const at = now()
    const next = rotateRefreshToken(token)
    const issued = issue(account, next, at)
    const sealedAnswer = sealText(sealingSecret, token, JSON.stringify(issued))
    const written = await sessions.exchangeToken(session.id, token.hash, {
      tokenHash: next.hash,
      exchanges: appendExchange(session, { tokenHash: token.hash, at, sealedAnswer }),
      expiresAt: issued.refreshTokenExpiresAt,
    })
    return written ? issued : undefined
  }

  function repeat(token: RefreshToken, { sealedAnswer }: TokenExchange): IssuedSession {
    const answer = unsealText(sealingSecret, token, sealedAnswer)
    // Sealed by a process with another key, while keys rotate: the owner signs in again.
    if (answer === undefined) throw expired()
    return issuedSession.parse(JSON.parse(answer))
  }

  return {
    /** Begins a family of sessions for an account as it was when its password was checked. */
    async beginSession(account: Account): Promise<IssuedSession> {
      const { user, sessionEpoch } = account
      const token = createRefreshToken()
      const issued = issue(account, token, now())
      await sessions.insert({
        id: token.sessionId,
        userId: user.id,
        epoch: sessionEpoch,
        tokenHash: token.hash,
        exchanges: [],
        expiresAt: issued.refreshTokenExpiresAt,
      })
      return issued
    },

    /**
     * Exchanges a refresh token. The one atomic write of {@link SessionRepository.exchangeToken} decides which of many at
     * once makes the new session; the others get the same.
     *
     * @param address the client's, for the log
     * @throws Refused, EXPIRED; and for a token that was used up before, the whole family ends
     */
    async renewSession(
      refreshToken: string,
      address: string,
    ): Promise<{ session: IssuedSession; user: User }> {
      const token = parseRefreshToken(refreshToken)
      if (!token) throw expired()
      for (;;) {
        const session = await sessions.find(token.sessionId)
        const account = session && (await accountOf(session))
        if (!session || !account) throw expired()
        const { user } = account
        const standing = getRefreshTokenState(session, token.hash, now())
        switch (standing.phase) {
          case 'expired':
            throw expired()
          case 'reused':
            await sessions.end(session.id, now())
            logSecurity('refresh-token.reused', { userId: user.id, sessionId: session.id, address })
            throw expired()
          case 'repeated':
            return { session: repeat(token, standing.exchange), user }
          case 'current': {
            await enforceRateLimit(writeLimiter, listRefreshCharges(session.id))
            const issued = await exchange(session, token, account)
            if (issued) return { session: issued, user }
          }
        }
      }
    },

    /**
     * Ends the family of a refresh token, or all of its user's.
     *
     * @returns the ended session; undefined for a token that is unknown or expired
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

    /** Clears away the sessions of a user that a new epoch has ended. */
    deleteSessions: (userId: string, epoch: number) => sessions.deleteUntilEpoch(userId, epoch),

    /** The account of a user whose session is not over; undefined otherwise. */
    async findActiveAccount(sessionId: string, userId: string): Promise<Account | undefined> {
      const [session, account] = await Promise.all([sessions.find(sessionId), users.accountById(userId)])
      const good =
        session?.userId === userId && session.expiresAt > now() && session.epoch === account?.sessionEpoch
      return good ? account : undefined
    },
  }
}
