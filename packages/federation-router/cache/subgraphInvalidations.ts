import type { Dispatcher } from 'undici'

import type { Log } from '../../platform/log'
import type { CacheMetrics } from './cacheMetrics'
import type { DataStore } from './dataStore'
import type { FetchClock } from './fetchClock'
import { InvalidationHistory } from './invalidationHistory'
import { openInvalidationStream, type InvalidationStream } from './invalidationStream'
import { PositionLog } from './positionLog'

/** The state of the cache for one subgraph. */
export interface SubgraphInvalidations {
  readonly name: string
  readonly url: string
  readonly history: InvalidationHistory
  readonly positions: PositionLog
  /** Undefined until a response has needed it. */
  readonly stream: InvalidationStream | undefined
  /** Opens the stream of invalidations, once. */
  connect(): void
  /** Invalidates the data with these tags, which the written domain events have changed. `*` means all data of the subgraph. */
  invalidate(tags: readonly string[], eventIds: readonly string[]): void
  close(): void
}

interface SubgraphOptions {
  name: string
  url: string
  clock: FetchClock
  data: DataStore
  createHeaders(): Record<string, string>
  dispatcher: Dispatcher
  metrics: CacheMetrics | undefined
  log: Log
}

export function createSubgraphInvalidations(options: SubgraphOptions): SubgraphInvalidations {
  const { name, url, clock, data, createHeaders, dispatcher, metrics, log } = options
  const history = new InvalidationHistory(clock)
  const positions = new PositionLog(clock)
  let stream: InvalidationStream | undefined
  let isClosed = false

  function reset(): void {
    history.reset()
    data.removeSubgraph(name)
    metrics?.countReset(name)
  }

  function invalidate(tags: readonly string[], eventIds: readonly string[]): void {
    if (tags.includes('*')) reset()
    else {
      history.add(tags)
      data.invalidate(name, tags)
      metrics?.countInvalidations(name, tags.length)
    }
    positions.addApplied(eventIds)
  }

  /** Invalidates as {@link invalidate}, except for the tags that were invalidated since the domain events are known to be written. */
  function invalidateOnce(tags: readonly string[], eventIds: readonly string[]): void {
    const time = positions.findWrittenBefore(eventIds)
    const isDue = (tag: string) => time === undefined || !history.isInvalidatedSince(time, tag)
    invalidate(tags.filter(isDue), eventIds)
  }

  return {
    name,
    url,
    history,
    positions,
    get stream() {
      return stream
    },
    connect() {
      if (isClosed) return
      stream ??= openInvalidationStream({
        ...{ subgraph: name, subgraphUrl: url, createHeaders, dispatcher, log },
        onInvalidate: invalidateOnce,
        onReset: reset,
      })
    },
    invalidate,
    close() {
      isClosed = true
      stream?.close()
    },
  }
}
