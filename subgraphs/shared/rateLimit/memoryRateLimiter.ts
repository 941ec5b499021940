import { LRUCache } from 'lru-cache'

import { costMs, longestWait, waitMs, type Charge, type RateLimiter, type Refusal } from './rateLimit'

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

  function take(charges: readonly Charge[]): Refusal | undefined {
    const atMs = now()
    const fullAtMs = (charge: Charge) => Math.max(fullAt.get(bucketOf(charge)) ?? atMs, atMs)
    const refusal = longestWait(
      charges.map((charge) => ({
        limit: charge.limit,
        waitMs: waitMs(charge, fullAtMs(charge), atMs),
      })),
    )
    if (refusal) return refusal
    for (const charge of charges) fullAt.set(bucketOf(charge), fullAtMs(charge) + costMs(charge))
    return undefined
  }

  return {
    consume: (limit, key, points = 1) => Promise.resolve(take([{ limit, key, points }])?.waitMs),
    consumeAll: (charges) => Promise.resolve(take(charges)),

    refund(charges) {
      for (const charge of charges) {
        const fullAtMs = fullAt.get(bucketOf(charge))
        if (fullAtMs !== undefined) fullAt.set(bucketOf(charge), fullAtMs - costMs(charge))
      }
      return Promise.resolve()
    },
  }
}
