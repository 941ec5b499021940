import { RefreshSessionDocument, SignOutDocument } from '../generated/documentStrings/index.ts'
import { GraphQLRequestError } from './errors.ts'
import { sendOperation, type Endpoint } from './sendOperation.ts'
import { storeSession, type SessionStore, type StoredSession } from './sessionStore.ts'
import { createSignOutChannel } from './signOutChannel.ts'

/** Provides the current session and renews it when necessary. */
export interface SessionManager {
  /** Returns the session, renewed if its access token is about to expire; null when signed out. */
  getSession(): Promise<StoredSession | null>
  /** Returns the stored session as it is; null when signed out. */
  readSession(): Promise<StoredSession | null>
  /** Renews a session whose access token was rejected. Returns null when it cannot be renewed any more. */
  renewRejected(rejected: StoredSession): Promise<StoredSession | null>
  /** Returns the time until a session must be renewed, in milliseconds; negative when it is overdue. */
  msUntilRenewal(session: StoredSession): number
  /** Removes the session, ends it at the endpoint, and signs out the other tabs of this browser. */
  signOut(options: { everywhere: boolean; signal?: AbortSignal | undefined }): Promise<void>
}

export interface SessionManagerOptions {
  endpoint: Endpoint
  store: SessionStore
  /** Whether the endpoint keeps the refresh token in a cookie, so that a new page has a session before it has tokens. */
  cookies: boolean
  /** Whether sessions are renewed; otherwise an access token is used until it expires. */
  renew: boolean
  /** Renews a session when its access token is valid for less than this, in milliseconds. */
  renewBeforeMs: number
  /** Called when a session has ended because it could not be renewed, or in another tab. */
  onSignedOut: () => void
}

/**
 * Creates a session manager. Concurrent requests share one renewal, since a refresh token can be used only once. Each renewal
 * reads the store first, since another window may have renewed the session.
 */
export function createSessionManager(options: SessionManagerOptions): SessionManager {
  const { endpoint, store, cookies, renewBeforeMs, onSignedOut } = options
  let renewal: Promise<StoredSession | null> | undefined
  let restoration: Promise<void> | undefined
  let wasSignedIn = false

  function renew(old: StoredSession): Promise<StoredSession | null> {
    renewal ??= exchange(old).finally(() => {
      renewal = undefined
    })
    return renewal
  }

  async function exchange(old: StoredSession): Promise<StoredSession | null> {
    const stored = await store.get()
    if (stored?.accessToken !== old.accessToken) return stored
    const canRenew = options.renew && (old.refreshToken !== null || cookies)
    const next = canRenew ? await requestSession(endpoint, old.refreshToken) : null
    // The user may have signed out, or in as another user, in the meantime.
    const current = await store.get()
    if (current?.accessToken !== old.accessToken) return current
    // A session that may not be renewed here can still be renewed elsewhere.
    if (!options.renew) return null
    await storeSession(store, next)
    if (!next) onSignedOut()
    return next
  }

  /** Reads the session; that of an earlier page is restored from its cookie, once. */
  async function readSession(): Promise<StoredSession | null> {
    const session = await store.get()
    if (session || !cookies) return session
    restoration ??= restore().catch((error: unknown) => {
      restoration = undefined
      throw error
    })
    await restoration
    return store.get()
  }

  async function restore(): Promise<void> {
    const restored = await requestSession(endpoint, null)
    if (restored && !(await store.get())) await storeSession(store, restored)
  }

  /** @param onRemoved called before the session is revoked: requests of the listener are those of a visitor */
  async function endSession(
    everywhere: boolean,
    signal?: AbortSignal,
    onRemoved?: () => void,
  ): Promise<void> {
    const session = await store.get()
    restoration = Promise.resolve()
    await store.set(null)
    wasSignedIn = false
    onRemoved?.()
    if (!cookies && !session?.refreshToken) return
    // The refresh token suffices; the access token may have been revoked.
    const input = { refreshToken: session?.refreshToken, everywhere }
    await sendOperation(endpoint, SignOutDocument, { input }, { signal })
  }

  const channel = createSignOutChannel(endpoint.url, () => {
    // This tab may have had a session of its own.
    endSession(false, undefined, wasSignedIn ? onSignedOut : undefined).catch(() => {})
  })

  const msUntilExpiry = ({ accessTokenExpiresAt }: StoredSession) =>
    Date.parse(accessTokenExpiresAt) - Date.now()

  return {
    async getSession() {
      const session = await readSession()
      wasSignedIn = session !== null
      if (!session) return null
      const remainingMs = msUntilExpiry(session)
      if (!options.renew) return remainingMs > 0 ? session : null
      if (remainingMs > renewBeforeMs && !renewal) return session
      try {
        return await renew(session)
      } catch (error) {
        // The access token is still valid, so that the next request can try the renewal again.
        if (remainingMs > 0) return session
        throw error
      }
    },
    readSession,
    renewRejected: renew,
    msUntilRenewal: (session) => msUntilExpiry(session) - renewBeforeMs,
    async signOut({ everywhere, signal }) {
      await endSession(everywhere, signal).finally(() => channel?.signOut())
    },
  }
}

/**
 * Exchanges a refresh token; null for that of a cookie.
 *
 * @returns null when it is rejected
 * @throws transient errors, such as a failed connection
 */
export async function requestSession(
  endpoint: Endpoint,
  refreshToken: string | null,
): Promise<StoredSession | null> {
  try {
    const input = { refreshToken }
    const { refreshSession } = await sendOperation(endpoint, RefreshSessionDocument, { input }, {})
    if (refreshSession?.session) return refreshSession.session
    if (refreshSession?.userErrors.length) return null
    throw new GraphQLRequestError('RefreshSession', 200, [])
  } catch (error) {
    const rejectionCodes = ['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT']
    if (error instanceof GraphQLRequestError && rejectionCodes.some((code) => error.has(code))) return null
    throw error
  }
}
