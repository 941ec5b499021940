import { LRUCache } from 'lru-cache'

import { costMs, waitMs, type Charge, type RateLimiter } from './rateLimit'

export interface MemoryRateLimiterOptions {
  /** The buckets remembered at most; those unused for the longest time are dropped first. */
  maxKeys?: number
  /** A monotonic clock in milliseconds. */
  now?: () => number
}

/**
 * Creates a limiter that counts in this process alone.
 *
 * Not RateLimiterMemory of rate-limiter-flexible, because that keeps a timer per key and bounds their number by nothing,
 * while anybody with an IPv6 prefix can produce keys at will.
 */
export function createMemoryRateLimiter({
  maxKeys = 100_000,
  now = () => performance.now(),
}: MemoryRateLimiterOptions = {}): RateLimiter {
  const fullAt = new LRUCache<string, number>({ max: maxKeys })
  const bucketOf = ({ limit, key }: Charge) => `${limit.name}:${key}`

  function take(charge: Charge, atMs: number): number | undefined {
    const bucket = bucketOf(charge)
    const fullAtMs = Math.max(fullAt.get(bucket) ?? atMs, atMs)
    const wait = waitMs(charge, fullAtMs, atMs)
    if (wait > 0) return wait
    fullAt.set(bucket, fullAtMs + costMs(charge))
    return undefined
  }

  function giveBack(charges: readonly Charge[]): void {
    for (const charge of charges) {
      const bucket = bucketOf(charge)
      const fullAtMs = fullAt.get(bucket)
      if (fullAtMs !== undefined) fullAt.set(bucket, fullAtMs - costMs(charge))
    }
  }

  return {
    consume: (limit, key, points = 1) => Promise.resolve(take({ limit, key, points }, now())),

    consumeAll(charges) {
      const atMs = now()
      for (const [index, charge] of charges.entries()) {
        const wait = take(charge, atMs)
        if (wait === undefined) continue
        giveBack(charges.slice(0, index))
        return Promise.resolve({ limit: charge.limit, waitMs: wait })
      }
      return Promise.resolve(undefined)
    },

    refund(charges) {
      giveBack(charges)
      return Promise.resolve()
    },
  }
}
