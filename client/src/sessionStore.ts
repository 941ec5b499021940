import type { SessionFieldsFragment } from '../generated/operations.ts'

/** The tokens of a signed-in user, with their expiry times in ISO 8601. */
export type StoredSession = Omit<SessionFieldsFragment, 'deviceToken' | '__typename'> &
  Partial<Pick<SessionFieldsFragment, 'deviceToken'>>

/** Stores a session. Every request reads it, so that windows with a common store share their session. */
export interface SessionStore {
  get(): StoredSession | null | Promise<StoredSession | null>
  /** @param session null when signed out */
  set(session: StoredSession | null): void | Promise<void>
  /** Returns the token that identifies this device at sign-ins. It outlives sessions. */
  getDeviceToken?(): string | null | Promise<string | null>
  setDeviceToken?(token: string): void | Promise<void>
}

/** Stores a session and, if it contains one, the device token. */
export async function storeSession(store: SessionStore, session: StoredSession | null): Promise<void> {
  if (session?.deviceToken) await store.setDeviceToken?.(session.deviceToken)
  await store.set(session)
}

/** Creates a store in memory, which lives as long as the page or process and is accessible to this client only. */
export function memorySession(session: StoredSession | null = null): SessionStore {
  let deviceToken: string | null = null
  return {
    get: () => session,
    set: (next) => {
      session = next
    },
    getDeviceToken: () => deviceToken,
    setDeviceToken: (token) => {
      deviceToken = token
    },
  }
}

/** The part of the Web Storage API that {@link storedSession} uses. */
export interface TextStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/**
 * Creates a store in `window.localStorage` (across visits, for all windows of a site) or `window.sessionStorage` (for one
 * window). Every script of the site can read it: use it only on sites that run scripts that you trust.
 */
export function storedSession(storage: TextStorage, key = 'agora.session'): SessionStore {
  return {
    get: () => readSession(storage.getItem(key)),
    set: (session) => {
      if (session) storage.setItem(key, JSON.stringify(session))
      else storage.removeItem(key)
    },
    getDeviceToken: () => storage.getItem(`${key}.device`),
    setDeviceToken: (token) => storage.setItem(`${key}.device`, token),
  }
}

/** Returns null for an invalid value, which an older version or another program may have stored. */
function readSession(text: string | null): StoredSession | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return isSession(value) ? value : null
  } catch {
    return null
  }
}

function isSession(value: unknown): value is StoredSession {
  if (typeof value !== 'object' || value === null) return false
  const { accessToken, accessTokenExpiresAt, refreshToken }: Partial<Record<keyof StoredSession, unknown>> =
    value
  return (
    typeof accessToken === 'string' &&
    typeof accessTokenExpiresAt === 'string' &&
    (refreshToken === null || typeof refreshToken === 'string')
  )
}
