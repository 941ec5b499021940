/**
 * A family of sessions: it begins with a sign-in, and each exchange of its refresh token replaces the session before.
 * There is one document for all of them.
 */
export interface Session {
  /** Stands in access tokens as `sid`; see {@link RefreshToken}. */
  id: string
  userId: string
  /** The user's `sessionEpoch` at sign-in: when that has moved on, the family is over. */
  epoch: number
  /** Of the one refresh token that is good now. */
  tokenHash: string
  /** Exchanges of the last seconds, to be answered in the same way when they are repeated. */
  exchanges: TokenExchange[]
  expiresAt: Date
}

/** The tombstone of a session that has ended, kept as long as its access token could still be valid. */
export interface SessionTombstone {
  id: string
  endedAt: Date
  expiresAt: Date
}

export interface TokenExchange {
  /** Of the refresh token that was given away. */
  tokenHash: string
  at: Date
  /** The answer, in a form that only whoever presents that token again can have opened. */
  sealedAnswer: string
}

/** How long an exchange may be repeated. */
export const replayWindowMs = 10_000
export const refreshTokenLifetimeMs = 30 * 24 * 60 * 60 * 1000

// A client that exchanges in a loop must not let the document grow.
const maximumExchanges = 20

/** What a refresh token of this family is worth now. */
export type RefreshTokenState =
  | { phase: 'current' }
  | { phase: 'repeated'; exchange: TokenExchange }
  | { phase: 'reused' }
  | { phase: 'expired' }

export function getRefreshTokenState(session: Session, tokenHash: string, now: Date): RefreshTokenState {
  if (session.expiresAt <= now) return { phase: 'expired' }
  if (session.tokenHash === tokenHash) return { phase: 'current' }
  const exchange = recentExchanges(session, now).find((each) => each.tokenHash === tokenHash)
  return exchange ? { phase: 'repeated', exchange } : { phase: 'reused' }
}

/** The exchanges to keep when another one is added. */
export function appendExchange(session: Session, exchange: TokenExchange): TokenExchange[] {
  return [...recentExchanges(session, exchange.at), exchange].slice(-maximumExchanges)
}

function recentExchanges({ exchanges }: Session, now: Date): TokenExchange[] {
  return exchanges.filter(({ at }) => now.getTime() - at.getTime() <= replayWindowMs)
}
