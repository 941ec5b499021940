import type { IncomingMessage } from 'node:http'

/**
 * Says which pages of other origins may use the router (https://fetch.spec.whatwg.org/#http-cors-protocol). Cookies
 * are never allowed: clients identify themselves with a token of their own.
 *
 * @returns a function that adds to the response's headers, names and values in turn; true for a preflight request, whose
 *   answer is these alone, with status 204
 */
export function createCorsHandler(
  origins: readonly string[],
): (request: IncomingMessage, headers: string[]) => boolean {
  const any = origins.includes('*')
  const allowed = new Set(origins)
  return (request, headers) => {
    const { origin } = request.headers
    if (!any) headers.push('vary', 'Origin')
    const isAllowed = origin !== undefined && (any || allowed.has(origin))
    if (isAllowed) {
      headers.push('access-control-allow-origin', any ? '*' : origin)
      headers.push('access-control-expose-headers', 'x-request-id, retry-after')
    }
    if (request.method !== 'OPTIONS') return false
    if (isAllowed) {
      headers.push('access-control-allow-methods', 'GET, POST')
      const asked = request.headers['access-control-request-headers']
      if (asked) headers.push('access-control-allow-headers', asked)
      headers.push('access-control-max-age', '7200')
    }
    headers.push('allow', 'GET, POST, OPTIONS')
    return true
  }
}

/**
 * Whether a page may open a WebSocket, for which browsers ask nobody (https://fetch.spec.whatwg.org/#websocket-opening-handshake):
 * one of these origins, or of the router's own. What is no browser names none.
 */
export function createOriginCheck(origins: readonly string[]): (request: IncomingMessage) => boolean {
  const allowed = new Set(origins)
  return ({ headers: { origin, host } }) => {
    if (origin === undefined || allowed.has('*') || allowed.has(origin)) return true
    return URL.canParse(origin) && new URL(origin).host === host
  }
}
