import { RefreshSessionDocument } from '../generated/operations.ts'
import { GraphQLRequestError } from './errors.ts'
import { sendOperation, type Endpoint } from './sendOperation.ts'
import { storeSession, type SessionStore, type StoredSession } from './sessionStore.ts'

/** Gives out a session that is good now, and renews it when it is not. */
export interface SessionManager {
  /** The session for the next request, renewed when its access token is about to expire; null when signed out. */
  getSession(): Promise<StoredSession | null>
  /** The session after one whose access token was refused; null when there is none any more. */
  renewRejected(refused: StoredSession): Promise<StoredSession | null>
  /** How long until a session is to be renewed, in milliseconds; negative when it was to be already. */
  msUntilRenewal(session: StoredSession): number
}

export interface SessionManagerOptions {
  endpoint: Endpoint
  store: SessionStore
  /** Renew when the access token lives no longer than this, in milliseconds. */
  renewBeforeMs: number
  /** Called when a session ended because it could not be renewed. */
  onSignedOut: () => void
}

/**
 * However many requests need a new session at once, one exchange is made and all wait for it: a refresh token works once.
 * Before it, the store is read again, for another window may have made the exchange already.
 */
export function createSessionManager(options: SessionManagerOptions): SessionManager {
  const { endpoint, store, renewBeforeMs, onSignedOut } = options
  let renewal: Promise<StoredSession | null> | undefined

  function renew(old: StoredSession): Promise<StoredSession | null> {
    renewal ??= exchange(old).finally(() => {
      renewal = undefined
    })
    return renewal
  }

  async function exchange(old: StoredSession): Promise<StoredSession | null> {
    const stored = await store.get()
    if (stored?.accessToken !== old.accessToken) return stored
    const next = old.refreshToken === null ? null : await requestSession(endpoint, old.refreshToken)
    // Signed out, or in as somebody else, while the answer was on its way: that stands.
    const kept = await store.get()
    if (kept?.accessToken !== old.accessToken) return kept
    await storeSession(store, next)
    if (!next) onSignedOut()
    return next
  }

  const leftOf = ({ accessTokenExpiresAt }: StoredSession) => Date.parse(accessTokenExpiresAt) - Date.now()

  return {
    async getSession() {
      const session = await store.get()
      if (!session) return null
      const left = leftOf(session)
      if (left > renewBeforeMs && !renewal) return session
      try {
        return await renew(session)
      } catch (error) {
        // The token still has some time: what cannot be renewed now may be at the next request.
        if (left > 0) return session
        throw error
      }
    },
    renewRejected: renew,
    msUntilRenewal: (session) => leftOf(session) - renewBeforeMs,
  }
}

/** Exchanges a refresh token; null when it is no longer good. What may pass, for example a lost connection, is thrown. */
async function requestSession(endpoint: Endpoint, refreshToken: string): Promise<StoredSession | null> {
  try {
    const { refreshSession } = await sendOperation(
      endpoint,
      RefreshSessionDocument,
      { input: { refreshToken } },
      {},
    )
    if (refreshSession?.session) return refreshSession.session
    if (refreshSession?.userErrors.length) return null
    throw new GraphQLRequestError('RefreshSession', 200, [])
  } catch (error) {
    const refused = ['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT']
    if (error instanceof GraphQLRequestError && refused.some((code) => error.has(code))) return null
    throw error
  }
}
