import { isUtf8 } from 'node:buffer'

import type { HttpResponse } from '../../platform/http/httpClient'
import type { CacheUse } from '../transport/cacheUse'
import { parseResponse } from '../transport/responseParser'
import { encodeAsLatin1, type TransportRequest, type TransportResponse } from '../transport/transportRequest'
import { readStoragePolicy, type StoragePolicy } from './cacheHeaders'
import type { DataStore, StoredData } from './dataStore'
import type { FetchClock } from './fetchClock'
import type { CompareHit } from './hitComparison'
import type { SubgraphInvalidations } from './subgraphInvalidations'

/** A fetch whose response may be stored. */
export interface CachedFetch {
  subgraph: SubgraphInvalidations
  /** The time of the clock at its start. */
  startedAt: number
  startedAtMs: number
  /** The cacheable part of its response; undefined if there is none. */
  received: { policy: StoragePolicy; bytes: Buffer } | undefined
}

/** Finds data for operations, and stores data of fetches, by the rules of docs/caching.md. */
export interface DataAccess {
  /** Finds data that an operation may use, and counts a hit or a miss. */
  find(key: string, subgraph: SubgraphInvalidations, use: CacheUse): StoredData | undefined
  /** Starts a fetch. */
  startFetch(subgraph: SubgraphInvalidations): CachedFetch
  /**
   * Stores data of a fetch, unless it may have been invalidated since the fetch was started, or would not be invalidated from now on.
   *
   * @param body JSON; undefined for data that may not be stored
   * @param tags undefined for data that only expires
   */
  store(
    key: string,
    fetch: CachedFetch,
    body: string | Buffer | undefined,
    tags: readonly string[] | undefined,
    use: CacheUse,
  ): void
  /** Whether hits are fetched nevertheless. */
  readonly comparesHits: boolean
  readCounts(): { hits: number; misses: number }
}

interface DataAccessOptions {
  clock: FetchClock
  data: DataStore
  /** Compares hits with fresh data; undefined to use them. */
  compareHit: CompareHit | undefined
}

export function createDataAccess({ clock, data, compareHit }: DataAccessOptions): DataAccess {
  let hits = 0
  let misses = 0

  function findUsable(
    key: string,
    { name, stream }: SubgraphInvalidations,
    use: CacheUse,
  ): StoredData | undefined {
    const found = data.find(key)
    if (!found) return undefined
    const nowMs = performance.now()
    if (found.expiresAtMs <= nowMs) return void data.remove(key)
    if (found.startedAt < (use.earliestStarts?.get(name) ?? 0)) return undefined
    return found.tags.length === 0 || stream?.isCurrent(nowMs) ? found : undefined
  }

  function isStorable(
    { tags, startedAt, expiresAtMs }: StoredData,
    subgraph: SubgraphInvalidations,
  ): boolean {
    const nowMs = performance.now()
    if (expiresAtMs <= nowMs || !subgraph.history.isUnchangedSince(startedAt, tags)) return false
    return tags.length === 0 || subgraph.stream?.isCurrent(nowMs) === true
  }

  return {
    find(key, subgraph, use) {
      const found = findUsable(key, subgraph, use)
      if (found) {
        hits++
        use.addHit(found)
      } else {
        misses++
        use.misses++
      }
      return found
    },
    startFetch: (subgraph) => ({
      subgraph,
      startedAt: clock.now,
      startedAtMs: performance.now(),
      received: undefined,
    }),
    store(key, { subgraph, startedAt, startedAtMs, received }, body, tags, use) {
      const found = compareHit && findUsable(key, subgraph, use)
      // With the header Cache-Tag, data without tags could not be invalidated.
      if (!received || body === undefined || tags?.length === 0) {
        use.addPrivate()
        if (found) compareHit?.(key, found, undefined)
        return
      }
      const expiresAtMs = startedAtMs + received.policy.lifetimeMs
      const stored = { subgraph: subgraph.name, body, tags: tags ?? [], startedAt, expiresAtMs }
      use.addPublic(stored)
      if (found) compareHit?.(key, found, body)
      else if (isStorable(stored, subgraph)) data.add(key, stored)
    },
    comparesHits: compareHit !== undefined,
    readCounts: () => ({ hits, misses }),
  }
}

/** Remembers the cacheable part of a response. */
export function receiveResponse(fetch: CachedFetch, { status, headers, bytes }: HttpResponse): void {
  const policy = status === 200 ? readStoragePolicy(headers) : undefined
  fetch.received = policy && { policy, bytes }
  if (policy?.tagGroups) fetch.subgraph.connect()
}

/** Longer texts would be allocated on pages of their own (see `JsonScanner`). */
const maxTextLength = 100_000

/** Returns the body of a response without errors as it is stored; undefined for one that is not UTF-8. */
export function readStorableBody(
  { received }: CachedFetch,
  { errors }: TransportResponse,
): string | Buffer | undefined {
  if (!received || errors || !isUtf8(received.bytes)) return undefined
  const { bytes } = received
  return bytes.length > maxTextLength ? Buffer.from(bytes) : bytes.toString('latin1').trimEnd()
}

/** Returns the body of a request as text with one character for each byte. */
export const toLatin1 = (body: string | Buffer): string =>
  typeof body === 'string' ? encodeAsLatin1(body) : body.toString('latin1')

/** Returns a body of the cache as text with one character for each byte, which a stored text is already. */
export const readStoredText = (body: string | Buffer): string =>
  typeof body === 'string' ? body : body.toString('latin1')

/** Reads a body of the cache like a response that was received. */
export async function readStoredBody(
  { tryReadResponse, entityCount, roundsIntegers }: TransportRequest,
  body: string | Buffer,
): Promise<TransportResponse> {
  if (tryReadResponse?.(body)) return {}
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
  return parseResponse({ status: 200, bytes }, entityCount, roundsIntegers).response
}
