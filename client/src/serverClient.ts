import { createClientWith, type Client, type ClientOptions } from './createClient.ts'
import { cookieSession, type CookieAttributes, type Cookies } from './cookieSession.ts'

export interface ServerClientOptions extends Omit<ClientOptions, 'session' | 'cookies' | 'webSocket'> {
  /** The cookies of the request. Rendering only reads them; signing in and out, in an action, needs `set`. */
  cookies: Pick<Cookies, 'get'> & Partial<Pick<Cookies, 'set'>>
  /** Whether the cookies are sent over HTTPS only; default: true. */
  secure?: boolean | undefined
  /**
   * Whether the client renews the session. Only for code that can set cookies: a refresh token can be used once, and the next
   * one would be lost. Default: false. An expired session then counts as signed out until {@link renewSession} has renewed it.
   */
  renew?: boolean | undefined
}

/**
 * Creates a client for one request to a server that renders pages. It shares the session of the page (`cookieSession`).
 *
 *     const client = createServerClient({ url, cookies: await cookies(), renew: false })
 */
export function createServerClient({
  cookies,
  secure,
  renew = false,
  ...options
}: ServerClientOptions): Client {
  const session = cookieSession(toWritable(cookies), { secure })
  return createClientWith({ ...options, session, webSocket: false }, renew)
}

export interface RenewSessionOptions extends Omit<ServerClientOptions, 'cookies' | 'renew'> {
  /** The cookies of the request. They are only read. */
  cookies: Pick<Cookies, 'get'>
}

/** A cookie to set in the response. */
export type SetCookie = CookieAttributes & { name: string; value: string }

/**
 * Renews the session of a request before a page is rendered, if its access token is about to expire: for the middleware of a
 * framework.
 *
 * @returns the cookies for the page that is rendered now and for the response; none if the session is valid, or cannot be
 *   renewed at the moment or here, as with SESSION_COOKIES
 */
export async function renewSession(options: RenewSessionOptions): Promise<SetCookie[]> {
  const session = await cookieSession(toWritable(options.cookies)).get()
  // With SESSION_COOKIES only the page can renew it.
  if (session?.refreshToken === null) return []
  const changed: SetCookie[] = []
  const client = createServerClient({
    renewBeforeMs: 60_000,
    ...options,
    renew: true,
    cookies: {
      get: (name) => options.cookies.get(name),
      set: (name, value, attributes) => changed.push({ name, value, ...attributes }),
    },
  })
  try {
    await client.accessToken()
  } catch {
    // The page is rendered with the present token, or without one. The next request tries again.
    return []
  }
  return changed
}

const toWritable = (cookies: ServerClientOptions['cookies']): Cookies => ({
  get: (name) => cookies.get(name),
  set: (...cookie) => (cookies.set ? cookies.set(...cookie) : refuseWrite()),
})

function refuseWrite(): never {
  throw new Error(
    'Cookies cannot be set here. Sign in and out in the browser, or where the framework can set cookies.',
  )
}
