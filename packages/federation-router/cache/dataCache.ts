import { randomUUID } from 'node:crypto'
import { Agent } from 'undici'

import { createServiceSigner, viewerHeader } from '../../auth/tokens'
import { connectTimeoutMs, type HttpResponse } from '../../platform/http/httpClient'
import type { Log } from '../../platform/log'
import type { CacheState } from '../telemetry'
import { CacheUse } from '../transport/cacheUse'
import type { FetchContext } from '../transport/fetchContext'
import type { HeaderRules } from '../transport/headerRules'
import type { Transport } from '../transport/transport'
import type { TransportRequest, TransportResponse } from '../transport/transportRequest'
import { readMutationEffect } from './cacheHeaders'
import type { CacheMetrics } from './cacheMetrics'
import { createDataAccess } from './dataAccess'
import { createDataStore } from './dataStore'
import { createEntityFetches } from './entityFetches'
import { FetchClock } from './fetchClock'
import { createHitComparison } from './hitComparison'
import { parsePositions } from './positionHeader'
import { createRootFetches } from './rootFetches'
import { createSubgraphInvalidations, type SubgraphInvalidations } from './subgraphInvalidations'

export interface CacheOptions {
  /** `shadow`: every hit is fetched nevertheless, and compared with the fresh data, which is returned. */
  mode: 'on' | 'shadow'
  maxBytes: number
}

/** Caches the public data of subgraphs for all viewers (docs/decisions/0023-exact-caching.md). */
export interface DataCache extends Pick<Transport, 'send'> {
  /** Forgets all data, since the subgraphs may have changed. Streams of subgraphs with the same URL continue. */
  setSubgraphUrls(urls: ReadonlyMap<string, string>): void
  /**
   * Starts the use of the cache by one operation. Fetches of operations that have not called this bypass the cache.
   *
   * @param positions the header of the client with the positions whose effects it must see
   */
  startUse(kind: 'query' | 'mutation', positions: string | undefined): CacheUse
  readState(): CacheState
  close(): Promise<void>
}

interface DataCacheOptions extends CacheOptions {
  transport: Pick<Transport, 'send'>
  /** Signs the requests for streams; undefined without identity. */
  secret: string | undefined
  headerRules: HeaderRules | undefined
  metrics: CacheMetrics | undefined
  log: Log
}

/** The domain events of a mutation whose IDs clients receive. */
const maxNamedEvents = 5
/** The time without any data of a stream. */
const streamTimeoutMs = 5_000

export function createDataCache(options: DataCacheOptions): DataCache {
  const { mode, maxBytes, transport, secret, headerRules, metrics, log } = options
  const clock = new FetchClock()
  const data = createDataStore(maxBytes)
  const compareHit = mode === 'shadow' ? createHitComparison({ data, metrics, log }) : undefined
  const access = createDataAccess({ clock, data, compareHit })
  const sendRootFetch = createRootFetches(access, transport)
  const sendEntityFetch = createEntityFetches({ access, data, transport })
  const subgraphs = new Map<string, SubgraphInvalidations>()
  const signServiceToken = secret === undefined ? undefined : createServiceSigner(secret, 'router')
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: connectTimeoutMs,
    bodyTimeout: streamTimeoutMs,
  })

  function createHeaders(): Record<string, string> {
    if (!signServiceToken) return {}
    return { [viewerHeader]: signServiceToken() }
  }

  function sendMutation(
    subgraph: SubgraphInvalidations,
    request: TransportRequest,
    context: FetchContext,
  ): Promise<TransportResponse> {
    const onResponse = ({ headers }: HttpResponse) => {
      const { tags, eventIds } = readMutationEffect(headers)
      if (tags.length > 0 || eventIds.length > 0) subgraph.invalidate(tags, eventIds)
      // Clients return them with their queries. The other ID, which the stream never delivers, has the effect of any number.
      const named = eventIds.length > maxNamedEvents ? [randomUUID()] : eventIds
      for (const id of named) context.cacheUse?.writtenPositions.push(`${subgraph.name}=${id}`)
    }
    return transport.send(subgraph.name, { ...request, onResponse }, context)
  }

  metrics?.observeStreams(() => {
    const nowMs = performance.now()
    return [...subgraphs.values()].flatMap(({ name: subgraph, stream }) =>
      stream ? [{ subgraph, isCurrent: stream.isCurrent(nowMs), lagMs: stream.readLagMs() }] : [],
    )
  })

  return {
    send(service, request, context) {
      const { cacheUse: use } = context
      const subgraph = subgraphs.get(service)
      if (subgraph && request.kind === 'mutation') return sendMutation(subgraph, request, context)
      if (!subgraph || !use?.readsCache || headerRules?.propagatesTo(service)) {
        use?.addPrivate()
        return transport.send(service, request, context)
      }
      const { entities } = request
      return entities
        ? sendEntityFetch(subgraph, { ...request, entities }, context, use)
        : sendRootFetch(subgraph, request, context, use)
    },
    setSubgraphUrls(urls) {
      data.clear()
      for (const [name, subgraph] of subgraphs) {
        subgraph.history.reset()
        if (urls.get(name) === subgraph.url) continue
        subgraph.close()
        subgraphs.delete(name)
      }
      for (const [name, url] of urls) {
        if (subgraphs.has(name)) continue
        const common = { clock, data, createHeaders, dispatcher, metrics, log }
        subgraphs.set(name, createSubgraphInvalidations({ name, url, ...common }))
      }
    },
    startUse(kind, positions) {
      if (kind === 'mutation') return new CacheUse(false)
      if (positions === undefined) return new CacheUse(true)
      const parsed = parsePositions(positions)
      // The effects that the client must see are not known.
      if (!parsed) return new CacheUse(false)
      const earliestStarts = new Map<string, number>()
      for (const { subgraph: name, eventId } of parsed) {
        const start = subgraphs.get(name)?.positions.findEarliestStart(eventId) ?? 0
        earliestStarts.set(name, Math.max(start, earliestStarts.get(name) ?? 0))
      }
      return new CacheUse(true, earliestStarts)
    },
    readState() {
      const { entries, bytes } = data.readState()
      return { ...access.readCounts(), entries, size: bytes }
    },
    async close() {
      for (const subgraph of subgraphs.values()) subgraph.close()
      await dispatcher.destroy()
    },
  }
}
