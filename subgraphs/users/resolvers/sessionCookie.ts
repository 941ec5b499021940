import type { ClientCookie } from '../../../packages/subgraph-kit'
import { refreshTokenLifetimeMs } from '../domain/session'
import type { IssuedSession } from '../service/sessionManager'

/** A session whose refresh token the client cannot read. */
type SessionWithoutToken<Session> = Omit<Session, 'refreshToken' | 'refreshTokenExpiresAt'> & {
  refreshToken: null
  refreshTokenExpiresAt: null
}

/** Moves the refresh token of a session into the client's cookie, where scripts cannot read it. Without a cookie, it stays. */
export function storeRefreshToken<Session extends IssuedSession>(
  session: Session | null,
  cookie: ClientCookie | undefined,
): Session | SessionWithoutToken<Session> | null {
  if (!session || !cookie) return session
  cookie.set(session.refreshToken, refreshTokenLifetimeMs / 1000)
  return { ...session, refreshToken: null, refreshTokenExpiresAt: null }
}
