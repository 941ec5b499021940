import { z } from 'zod'

import { refused } from '../../shared/errors'
import { requireRateLimit, type RateLimiter } from '../../shared/rateLimit/rateLimit'
import type { SecurityLog } from '../../shared/securityLog'
import type { AccessTokens } from '../accessTokens'
import type { UserRepository } from '../repository'
import {
  createRefreshToken,
  readRefreshToken,
  seal,
  succeed,
  unseal,
  type RefreshToken,
} from '../refreshToken'
import { refreshCharges } from '../sessionLimits'
import type { SessionRepository } from '../sessionRepository'
import {
  refreshTokenLifetimeMilliseconds,
  standingOf,
  withExchange,
  type Exchange,
  type Session,
} from '../session'
import type { Account, User } from '../user'

/** What a client gets when it signs in or renews its session. */
export type IssuedSession = z.output<typeof issuedSession>

const issuedSession = z.object({
  accessToken: z.string(),
  accessTokenExpiresAt: z.coerce.date(),
  refreshToken: z.string(),
  refreshTokenExpiresAt: z.coerce.date(),
})

export interface SessionKeeperDependencies {
  users: UserRepository
  sessions: SessionRepository
  accessTokens: AccessTokens
  /** Of the server alone; see {@link seal}. */
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

export type SessionKeeper = ReturnType<typeof createSessionKeeper>

const expired = () => refused('EXPIRED', 'refreshToken', 'This session has ended. Sign in again.')

/** Begins sessions, renews them and ends them. */
export function createSessionKeeper(dependencies: SessionKeeperDependencies) {
  const { users, sessions, accessTokens, sealingSecret, writeLimiter, logSecurity, now } = dependencies

  function issue(account: Account, token: RefreshToken, at: Date): IssuedSession {
    const { text, expiresAt } = accessTokens.sign(account, token.sessionId, at)
    return {
      accessToken: text,
      accessTokenExpiresAt: expiresAt,
      refreshToken: token.text,
      refreshTokenExpiresAt: new Date(at.getTime() + refreshTokenLifetimeMilliseconds),
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
    const next = succeed(token)
    const issued = issue(account, next, at)
    const sealedAnswer = seal(sealingSecret, token, JSON.stringify(issued))
    const written = await sessions.exchange(session.id, token.hash, {
      tokenHash: next.hash,
      exchanges: withExchange(session, { tokenHash: token.hash, at, sealedAnswer }),
      expiresAt: issued.refreshTokenExpiresAt,
    })
    return written ? issued : undefined
  }

  function repeat(token: RefreshToken, { sealedAnswer }: Exchange): IssuedSession {
    const answer = unseal(sealingSecret, token, sealedAnswer)
    // Sealed by a process with another key, while keys rotate: the owner signs in again.
    if (answer === undefined) throw expired()
    return issuedSession.parse(JSON.parse(answer))
  }

  return {
    /** Begins a family of sessions for an account as it was when its password was checked. */
    async begin(account: Account): Promise<IssuedSession> {
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
     * Exchanges a refresh token. The one atomic write of {@link SessionRepository.exchange} decides which of many at
     * once makes the new session; the others get the same.
     *
     * @param address the client's, for the log
     * @throws Refused, EXPIRED; and for a token that was used up before, the whole family ends
     */
    async renew(refreshToken: string, address: string): Promise<{ session: IssuedSession; user: User }> {
      const token = readRefreshToken(refreshToken)
      if (!token) throw expired()
      for (;;) {
        const session = await sessions.find(token.sessionId)
        const account = session && (await accountOf(session))
        if (!session || !account) throw expired()
        const { user } = account
        const standing = standingOf(session, token.hash, now())
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
            await requireRateLimit(writeLimiter, refreshCharges(session.id))
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
    async end(refreshToken: string, everywhere: boolean): Promise<EndedSession | undefined> {
      const token = readRefreshToken(refreshToken)
      const session = token && (await sessions.find(token.sessionId))
      if (!session) return undefined
      const { id: sessionId, userId, epoch } = session
      if (everywhere && session.expiresAt > now()) {
        await users.endEpoch(userId, epoch, now())
        await sessions.removeUntil(userId, epoch)
        return { userId, sessionId, everywhere: true }
      }
      return (await sessions.end(sessionId, now())) ? { userId, sessionId, everywhere: false } : undefined
    },

    /** Clears away the sessions of a user that a new epoch has ended. */
    clear: (userId: string, epoch: number) => sessions.removeUntil(userId, epoch),

    /** The account of a user whose session is not over; undefined otherwise. */
    async check(sessionId: string, userId: string): Promise<Account | undefined> {
      const [session, account] = await Promise.all([sessions.find(sessionId), users.accountById(userId)])
      const good =
        session?.userId === userId && session.expiresAt > now() && session.epoch === account?.sessionEpoch
      return good ? account : undefined
    },
  }
}
