import type { Log } from '../../platform/log'
import type { CacheMetrics } from './cacheMetrics'
import type { DataStore, StoredData } from './dataStore'

/** Compares data of the cache with the same data, fetched. @param fresh undefined when that is not public */
export type CompareHit = (key: string, found: StoredData, fresh: string | Buffer | undefined) => void

/** The time for an invalidation that is under way: then the data of the cache was not wrong, only older. */
const settleMs = 2_000
const maxPending = 1_000
const maxLoggedLength = 500

interface ComparisonOptions {
  data: DataStore
  metrics: CacheMetrics | undefined
  log: Log
}

/** Creates the comparison of CACHE=shadow, which logs and counts data that differs and is still stored 2 s later. */
export function createHitComparison({ data, metrics, log }: ComparisonOptions): CompareHit {
  let pending = 0

  function report(key: string, found: StoredData, fresh: string | Buffer | undefined): void {
    pending--
    if (data.find(key) !== found || found.expiresAtMs <= performance.now()) return
    data.remove(key)
    metrics?.countDifference(found.subgraph)
    log.error(
      {
        service: found.subgraph,
        tags: found.tags,
        key: key.slice(0, maxLoggedLength),
        cached: describe(found.body),
        fresh: describe(fresh),
      },
      'Data of the cache differs from fresh data',
    )
  }

  return (key, found, fresh) => {
    if (toText(found.body) === toText(fresh) || pending >= maxPending) return
    pending++
    setTimeout(report, settleMs, key, found, fresh).unref()
  }
}

const toText = (body: string | Buffer | undefined): string | undefined =>
  typeof body === 'object' ? body.toString('latin1') : body

const describe = (body: string | Buffer | undefined): string | undefined =>
  toText(body)?.slice(0, maxLoggedLength)
