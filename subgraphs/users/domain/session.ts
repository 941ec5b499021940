import { dayMs } from '../../../packages/platform'
import type { Authentication } from './identities/identity'

export type SignInMethod = 'password' | 'provider'

/**
 * A session family: it begins with a sign-in, and each exchange of the refresh token replaces the previous session. One
 * document represents the whole family.
 */
export interface Session extends Authentication {
  /** The `sid` claim of access tokens; see {@link RefreshToken}. */
  id: string
  userId: string
  /** The user's `sessionEpoch` at sign-in. The family has ended once the user's epoch is higher. */
  epoch: number
  /** The hash of the current refresh token, the only one that can be exchanged. */
  tokenHash: string
  /** Recent exchanges, so that a repeated exchange returns the same session. */
  exchanges: TokenExchange[]
  expiresAt: Date
  /** Absent in sessions of earlier versions, like `client`. */
  createdAt?: Date
  client?: SessionClient
}

/** The client that began a session, as the user may see it later. */
export interface SessionClient {
  userAgent: string | null
  /** Identifies no person; see `maskAddress`. */
  network: string
}

/** The tombstone of a session that has ended, kept as long as its access token could still be valid. */
export interface SessionTombstone {
  id: string
  endedAt: Date
  expiresAt: Date
}

export interface TokenExchange {
  /** The hash of the exchanged refresh token. */
  tokenHash: string
  at: Date
  /** The issued session, encrypted with the exchanged token; see `sealText`. */
  sealedAnswer: string
}

/** How long an exchange can be repeated with the same result. */
const replayWindowMs = 10_000
export const refreshTokenLifetimeMs = 30 * dayMs

// Bounds the document if a client exchanges tokens in a loop.
const maxExchanges = 20

/** The state of a refresh token in its session family. */
type RefreshTokenState =
  | { phase: 'current' }
  | { phase: 'repeated'; exchange: TokenExchange }
  | { phase: 'reused' }
  | { phase: 'expired' }

/** Returns the state of the token with this hash. */
export function getRefreshTokenState(session: Session, tokenHash: string, now: Date): RefreshTokenState {
  if (session.expiresAt <= now) return { phase: 'expired' }
  if (session.tokenHash === tokenHash) return { phase: 'current' }
  const exchange = selectRecentExchanges(session, now).find((each) => each.tokenHash === tokenHash)
  return exchange ? { phase: 'repeated', exchange } : { phase: 'reused' }
}

/** Returns the exchanges to store after adding one. */
export function appendExchange(session: Session, exchange: TokenExchange): TokenExchange[] {
  return [...selectRecentExchanges(session, exchange.at), exchange].slice(-maxExchanges)
}

function selectRecentExchanges({ exchanges }: Session, now: Date): TokenExchange[] {
  return exchanges.filter(({ at }) => now.getTime() - at.getTime() <= replayWindowMs)
}
