import type { IncomingMessage } from 'node:http'

/**
 * Creates a handler for requests of pages from other origins (https://fetch.spec.whatwg.org/#http-cors-protocol).
 *
 * @param allowsCookies whether pages of listed origins may send cookies; pages of any other origin never may
 * @returns a function that adds headers to the response, names and values in turn, and returns whether the request is a
 *   preflight request, whose response has status 204 and only these headers
 */
export function createCorsHandler(
  origins: readonly string[],
  allowsCookies = false,
): (request: IncomingMessage, headers: string[]) => boolean {
  const any = origins.includes('*')
  const allowed = new Set(origins)
  return (request, headers) => {
    const { origin } = request.headers
    if (!any) headers.push('vary', 'Origin')
    const isAllowed = origin !== undefined && (any || allowed.has(origin))
    if (isAllowed) {
      headers.push('access-control-allow-origin', any ? '*' : origin)
      if (allowsCookies && !any) headers.push('access-control-allow-credentials', 'true')
      headers.push('access-control-expose-headers', 'x-request-id, retry-after, agora-position')
    }
    if (request.method !== 'OPTIONS') return false
    if (isAllowed) {
      headers.push('access-control-allow-methods', 'GET, POST')
      const requested = request.headers['access-control-request-headers']
      if (requested) headers.push('access-control-allow-headers', requested)
      headers.push('access-control-max-age', '7200')
    }
    headers.push('allow', 'GET, POST, OPTIONS')
    return true
  }
}

/**
 * Creates a check whether a page may open a WebSocket, for which browsers send no preflight request
 * (https://fetch.spec.whatwg.org/#websocket-opening-handshake): pages of these origins and of the router's own may, and so may
 * clients that are not browsers, which send no origin.
 */
export function createOriginCheck(origins: readonly string[]): (request: IncomingMessage) => boolean {
  const allowed = new Set(origins)
  return ({ headers: { origin, host } }) => {
    if (origin === undefined || allowed.has('*') || allowed.has(origin)) return true
    return URL.canParse(origin) && new URL(origin).host === host
  }
}
