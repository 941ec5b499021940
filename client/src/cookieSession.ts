import { platform } from './platform.ts'
import type { SessionStore, StoredSession } from './sessionStore.ts'

export interface CookieAttributes {
  path: string
  sameSite: 'lax'
  secure: boolean
  expires: Date
}

/** The cookies of a page or of a request, as frameworks provide them. */
export interface Cookies {
  get(name: string): string | { value?: string | undefined } | undefined
  set(name: string, value: string, attributes: CookieAttributes): unknown
}

export interface CookieSessionOptions {
  /** Whether browsers send the cookies over HTTPS only; default: true. */
  secure?: boolean | undefined
}

const sessionName = 'agora.session'
const deviceName = 'agora.device'
/** How long the endpoint accepts a device token, and the longest lifetime that browsers grant to a cookie. */
const longestLifetimeMs = 400 * 24 * 60 * 60 * 1_000

/**
 * Creates a store in cookies that the page and the server that renders it share. Every script of the site can read them: use
 * it only on sites that run scripts that you trust.
 *
 * @param cookies by default, those of the page
 */
export function cookieSession(
  cookies: Cookies = documentCookies,
  { secure = true }: CookieSessionOptions = {},
): SessionStore {
  const read = (name: string): string => {
    const cookie = cookies.get(name) ?? ''
    // Next.js omits an empty value.
    return typeof cookie === 'string' ? cookie : (cookie.value ?? '')
  }
  const write = (name: string, value: string, expires: Date) => {
    cookies.set(name, value, { path: '/', sameSite: 'lax', secure, expires })
  }
  return {
    get: () => parseSession(read(sessionName)),
    set: (session) => {
      if (!session) return write(sessionName, '', new Date(0))
      // With SESSION_COOKIES only the endpoint knows the refresh token. The page has to find its session to renew it.
      const { refreshTokenExpiresAt } = session
      write(
        sessionName,
        formatSession(session),
        refreshTokenExpiresAt === null ? getLongestExpiry() : new Date(refreshTokenExpiresAt),
      )
    },
    getDeviceToken: () => read(deviceName) || null,
    setDeviceToken: (token) => write(deviceName, token, getLongestExpiry()),
  }
}

const getLongestExpiry = () => new Date(Date.now() + longestLifetimeMs)

/** Formats a session without characters that cookies would have to encode. */
const formatSession = (session: StoredSession): string =>
  [
    session.accessToken,
    session.accessTokenExpiresAt,
    session.refreshToken ?? '',
    session.refreshTokenExpiresAt ?? '',
  ].join('~')

function parseSession(text: string): StoredSession | null {
  const [accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt] = text.split('~')
  if (!accessToken || !accessTokenExpiresAt || refreshTokenExpiresAt === undefined) return null
  return {
    accessToken,
    accessTokenExpiresAt,
    refreshToken: refreshToken || null,
    refreshTokenExpiresAt: refreshTokenExpiresAt || null,
  }
}

const documentCookies: Cookies = {
  get: (name) =>
    readDocument()
      .cookie.split('; ')
      .find((cookie) => cookie.startsWith(`${name}=`))
      ?.slice(name.length + 1),
  set(name, value, { path, sameSite, secure, expires }) {
    const attributes = `path=${path}; samesite=${sameSite}; expires=${expires.toUTCString()}`
    readDocument().cookie = `${name}=${value}; ${attributes}${secure ? '; secure' : ''}`
  },
}

function readDocument(): { cookie: string } {
  if (!platform.document)
    throw new Error('cookieSession() needs the cookies of the request: there is no page here.')
  return platform.document
}
