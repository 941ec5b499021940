import { RefreshSessionDocument } from '../generated/documentStrings.ts'
import { GraphQLRequestError } from './errors.ts'
import { sendOperation, type Endpoint } from './sendOperation.ts'
import { storeSession, type SessionStore, type StoredSession } from './sessionStore.ts'

/** Provides the current session and renews it when necessary. */
export interface SessionManager {
  /** Returns the session, renewed if its access token is about to expire; null when signed out. */
  getSession(): Promise<StoredSession | null>
  /** Renews a session whose access token was rejected. Returns null when it cannot be renewed any more. */
  renewRejected(rejected: StoredSession): Promise<StoredSession | null>
  /** Returns the time until a session must be renewed, in milliseconds; negative when it is overdue. */
  msUntilRenewal(session: StoredSession): number
}

export interface SessionManagerOptions {
  endpoint: Endpoint
  store: SessionStore
  /** Renews a session when its access token is valid for less than this, in milliseconds. */
  renewBeforeMs: number
  /** Called when a session has ended because it could not be renewed. */
  onSignedOut: () => void
}

/**
 * Creates a session manager. Concurrent requests share one renewal, since a refresh token can be used only once. Each renewal
 * reads the store first, since another window may have renewed the session.
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
    // The user may have signed out, or in as another user, in the meantime.
    const current = await store.get()
    if (current?.accessToken !== old.accessToken) return current
    await storeSession(store, next)
    if (!next) onSignedOut()
    return next
  }

  const msUntilExpiry = ({ accessTokenExpiresAt }: StoredSession) =>
    Date.parse(accessTokenExpiresAt) - Date.now()

  return {
    async getSession() {
      const session = await store.get()
      if (!session) return null
      const remainingMs = msUntilExpiry(session)
      if (remainingMs > renewBeforeMs && !renewal) return session
      try {
        return await renew(session)
      } catch (error) {
        // The access token is still valid, so that the next request can try the renewal again.
        if (remainingMs > 0) return session
        throw error
      }
    },
    renewRejected: renew,
    msUntilRenewal: (session) => msUntilExpiry(session) - renewBeforeMs,
  }
}

/** Exchanges a refresh token. Returns null when it is rejected. @throws transient errors, such as a failed connection */
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
    const rejectionCodes = ['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT']
    if (error instanceof GraphQLRequestError && rejectionCodes.some((code) => error.has(code))) return null
    throw error
  }
}
