import type { IncomingMessage, ServerResponse } from 'node:http'

import { cookieNameHeader, readCookie } from '../../platform'

/** The cookie that a client keeps for this subgraph. */
export interface ClientCookie {
  /** The value of the request's cookie; undefined without one. */
  value: string | undefined
  /** Sets the cookie with the response. @param maxAgeSeconds how long the client keeps it */
  set(value: string, maxAgeSeconds: number): void
  /** Removes the cookie with the response. */
  clear(): void
}

/**
 * Returns the cookie of a request, if the router has named one: only for mutations of clients that can keep it.
 *
 * Scripts cannot read the cookie (HttpOnly). SameSite=Lax: pages of other sites cannot send it, except by a link to
 * this site, after which a server that renders pages can read it. The prefix `__Host-` requires Secure and the path
 * `/`, and no other host can set the cookie. See https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis.
 */
export function createClientCookie(
  request: IncomingMessage,
  response: ServerResponse,
): ClientCookie | undefined {
  const name = request.headers[cookieNameHeader]
  if (typeof name !== 'string') return undefined
  const scope = name.startsWith('__Host-') ? 'Path=/; Secure' : 'Path=/graphql'
  const set = (value: string, maxAgeSeconds: number) => {
    response.setHeader(
      'set-cookie',
      `${name}=${value}; Max-Age=${maxAgeSeconds}; ${scope}; HttpOnly; SameSite=Lax`,
    )
  }
  return {
    value: readCookie(request.headers.cookie, name),
    set,
    clear: () => set('', 0),
  }
}
