import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

import type { CacheUse } from '../transport/cacheUse'
import { afterData, beforeData, type GraphqlResponse } from './response'

/**
 * The header for positions of the event log, `<subgraph>=<domain event ID>` separated by commas: the response to a mutation names
 * the domain events that it has written, and a query with them sees their effects through any router.
 */
const positionHeader = 'agora-position'

/** Returns the positions that a client sends; undefined without any. */
export function readPositions(headers: IncomingHttpHeaders): string | undefined {
  const value = headers[positionHeader]
  return Array.isArray(value) ? value.join() : value
}

/**
 * Adds to a response how the cache was used (Cache-Status, RFC 9211) and the positions that a mutation has written. A response to GET that
 * consists of public data may be stored, and gets an ETag; a client that has it gets status 304.
 */
export function addCachingHeaders(
  response: GraphqlResponse,
  use: CacheUse | undefined,
  method: string | undefined,
  requestHeaders: IncomingHttpHeaders,
): GraphqlResponse {
  if (!use) return response
  const headers = [...response.headers]
  if (use.writtenPositions.length > 0) headers.push(positionHeader, use.writtenPositions.join())
  if (!use.readsCache) return { ...response, headers }
  headers.push('cache-status', describeUse(use))
  const cacheControl = isStorable(response, use, method) ? writeCacheControl(use) : undefined
  if (cacheControl === undefined) return { ...response, headers }
  const etag = createEtag(response)
  setHeader(headers, 'cache-control', cacheControl)
  // The media type depends on it.
  headers.push('etag', etag, 'vary', 'Accept')
  if (!hasEtag(requestHeaders['if-none-match'], etag)) return { ...response, headers }
  return { status: 304, headers, body: '' }
}

function describeUse({ hits, misses }: CacheUse): string {
  if (misses > 0) return hits > 0 ? 'Agora; fwd=partial' : 'Agora; fwd=miss'
  return hits > 0 ? 'Agora; hit' : 'Agora; fwd=bypass'
}

function isStorable({ status, body }: GraphqlResponse, use: CacheUse, method: string | undefined): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  if (!isRead || status !== 200 || !use.isPublic || !Number.isFinite(use.expiresAtMs)) return false
  // Last, since it joins the text of the body.
  return typeof body !== 'string' || !body.startsWith('{"errors"')
}

/** Clients receive no invalidations: they must revalidate the response. */
function writeCacheControl({ canBeInvalidated, expiresAtMs }: CacheUse): string | undefined {
  if (canBeInvalidated) return 'public, no-cache'
  const maxAge = Math.floor((expiresAtMs - performance.now()) / 1000)
  return maxAge > 0 ? `public, max-age=${maxAge}` : undefined
}

/** Creates a weak validator, since the response may be compressed (RFC 9110, section 8.8.3). */
function createEtag({ body }: GraphqlResponse): string {
  const hash = createHash('sha1')
  if (typeof body === 'string') hash.update(body)
  else {
    hash.update(beforeData)
    for (const text of body.texts) hash.update(text, 'latin1')
    hash.update(afterData)
  }
  return `W/"${hash.digest('base64url')}"`
}

function hasEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const opaque = etag.slice(2)
  return header.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === opaque)
}

function setHeader(headers: string[], name: string, value: string): void {
  const index = headers.findIndex((each, at) => at % 2 === 0 && each === name)
  if (index === -1) headers.push(name, value)
  else headers[index + 1] = value
}
