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
 * Creates the function that reads the cookie of a request. Cookies that a page of another origin has sent are ignored, unless its origin is
 * listed: browsers do not send them without CORS, so that this is a second line of defence.
 */
export function createCookieReader(
  cookie: SubgraphCookie | undefined,
  origins: readonly string[],
): (request: IncomingMessage) => FetchCookie | undefined {
  if (!cookie) return () => undefined
  const allowsOrigin = createOriginCheck(origins.filter((origin) => origin !== '*'))
  return (request) => ({
    ...cookie,
    value: allowsOrigin(request) ? readCookie(request.headers.cookie, cookie.name) : undefined,
    setCookie: undefined,
  })
}
