import type { AbortSignalLike } from '../../platform'
import type { TraceSpan } from '../../platform/telemetry'
import type { CacheUse } from './cacheUse'
import type { FetchTimings } from './fetchTimings'
import type { ClientHeaders } from './headerRules'
import type { PendingFetches } from './pendingFetches'

/** The cookie of a request that one subgraph reads and sets. */
export interface FetchCookie {
  subgraph: string
  name: string
  /** The value of the request's cookie; undefined without one. */
  value: string | undefined
  /** The header Set-Cookie for the client, once the subgraph has sent one. */
  setCookie: string | undefined
}

/** The part of a request that its fetches need. */
export interface FetchContext {
  requestId: string
  /** The client's program, as it describes itself: passed on with mutations, which may store it. */
  userAgent?: string | undefined
  /** Passed on with mutations to its subgraph; undefined when the client cannot receive a cookie. */
  cookie?: FetchCookie | undefined
  /** The viewer header for the subgraphs; undefined when the router runs without identity. */
  viewerToken: string | undefined
  /** The headers of the client for subgraphs; undefined without rules for headers. */
  clientHeaders?: ClientHeaders | undefined
  /** Signs the viewer header again, for probes; undefined without identity. */
  viewer?: { signViewerToken(): string } | undefined
  /** Aborts when the client has disconnected. */
  signal: AbortSignalLike
  /** The latest time for the response, in milliseconds of the monotonic clock (`performance.now`). */
  deadline: number
  /** The queries of the operation that subgraphs have not responded to yet. */
  pendingFetches?: PendingFetches
  /** How many fetches the operation has needed so far. */
  fetchCount?: number
  /** How the operation uses the cache; undefined where it must not. */
  cacheUse?: CacheUse | undefined
  /** Measures the fetches for a client that has requested the query plan. */
  fetchTimings?: FetchTimings | undefined
  /** The span that the fetches belong to. */
  span?: TraceSpan | undefined
}
