import type { SessionFieldsFragment } from '../generated/operations.ts'

/** What keeps a user signed in: the tokens, and when they expire as ISO 8601. */
export type StoredSession = Omit<SessionFieldsFragment, 'deviceToken'> &
  Partial<Pick<SessionFieldsFragment, 'deviceToken'>>

/** Where a session is kept. Every request reads it, so that windows which share a store share their session. */
export interface SessionStore {
  get(): StoredSession | null | Promise<StoredSession | null>
  /** Null when signed out. */
  set(session: StoredSession | null): void | Promise<void>
  /** Returns the token that identifies this device at sign-ins. It outlives sessions. */
  getDeviceToken?(): string | null | Promise<string | null>
  setDeviceToken?(token: string): void | Promise<void>
}

/** Keeps a session, and the token of this device when it comes with one. */
export async function storeSession(store: SessionStore, session: StoredSession | null): Promise<void> {
  if (session?.deviceToken) await store.setDeviceToken?.(session.deviceToken)
  await store.set(session)
}

/** Keeps the session as long as the page or process lives, out of reach of everything else. */
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

/** What is needed of the Web Storage API: `window.localStorage` and `window.sessionStorage` have it. */
export interface TextStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/**
 * Keeps the session in `window.localStorage` (across visits, for all windows of a site) or `window.sessionStorage` (for
 * one window). Every script of the site can read it there: use it on a site that runs only scripts that you trust.
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

/** Takes what is not a session for none: an older version, or another program, may have written it. */
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
