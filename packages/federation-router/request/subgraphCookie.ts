import type { IncomingMessage } from 'node:http'

import { readCookie } from '../../platform'
import type { FetchCookie } from '../transport/fetchContext'
import { createOriginCheck } from './cors'

/** A cookie that one subgraph reads and sets in mutations over HTTP. No other cookie reaches a subgraph. */
export interface SubgraphCookie {
  name: string
  subgraph: string
}

/**
 * The longest cookie that browsers store (https://www.rfc-editor.org/rfc/rfc6265#section-6.1). With a longer one, the headers to the
 * subgraph could exceed what its server accepts.
 */
const maxValueLength = 4096

/**
 * Creates the function that reads the cookie of a request. A value that is too long is ignored, as an invalid one. Cookies that a
 * page of another origin has sent are ignored, unless its origin is listed: browsers do not send them without CORS, so that this is
 * a second line of defence.
 */
export function createCookieReader(
  cookie: SubgraphCookie | undefined,
  origins: readonly string[],
): (request: IncomingMessage) => FetchCookie | undefined {
  if (!cookie) return () => undefined
  const allowsOrigin = createOriginCheck(origins.filter((origin) => origin !== '*'))
  const readValue = (request: IncomingMessage): string | undefined => {
    const value = allowsOrigin(request) ? readCookie(request.headers.cookie, cookie.name) : undefined
    return value !== undefined && value.length > maxValueLength ? undefined : value
  }
  return (request) => ({ ...cookie, value: readValue(request), setCookie: undefined })
}
