import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Says which pages of other origins may use the router (https://fetch.spec.whatwg.org/#http-cors-protocol). Cookies
 * are never allowed: clients identify themselves with a token of their own.
 *
 * @returns a function that sets the headers, and answers a preflight request, with these headers too; true when it has
 *   answered
 */
export function createCors(
  origins: readonly string[],
): (request: IncomingMessage, response: ServerResponse, headers: string[]) => boolean {
  const any = origins.includes('*')
  const allowed = new Set(origins)
  return (request, response, headers) => {
    const { origin } = request.headers
    if (!any) response.setHeader('vary', 'Origin')
    const isAllowed = origin !== undefined && (any || allowed.has(origin))
    if (isAllowed) {
      response.setHeader('access-control-allow-origin', any ? '*' : origin)
      response.setHeader('access-control-expose-headers', 'x-request-id, retry-after')
    }
    if (request.method !== 'OPTIONS') return false
    if (isAllowed) {
      response.setHeader('access-control-allow-methods', 'GET, POST')
      const asked = request.headers['access-control-request-headers']
      if (asked) response.setHeader('access-control-allow-headers', asked)
      response.setHeader('access-control-max-age', '7200')
    }
    response.setHeader('allow', 'GET, POST, OPTIONS')
    response.writeHead(204, headers).end()
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
