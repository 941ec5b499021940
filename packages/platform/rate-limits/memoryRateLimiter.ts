import { LRUCache } from 'lru-cache'

import {
  computeCostMs,
  findLongestWait,
  computeWaitMs,
  type Charge,
  type RateLimiter,
  type Refusal,
} from './rateLimiter'

interface MemoryRateLimiterOptions {
  /** The maximum number of buckets; the least recently used are dropped first. */
  maxKeys?: number
  /** A monotonic clock in milliseconds. */
  now?: () => number
}

/** A limiter with synchronous methods, also for work whose cost is known only afterwards. */
interface MemoryRateLimiter extends RateLimiter {
  /** Returns the longest wait among the charges that would be rejected now; takes nothing. */
  check(charges: readonly Charge[]): Refusal | undefined
  /**
   * Takes points that are already used, even more than are left: the limit then rejects all attempts until they
   * are available.
   */
  debit(charges: readonly Charge[]): void
}

/**
 * Creates a limiter of this process alone.
 *
 * RateLimiterMemory of rate-limiter-flexible keeps a timer per key and does not bound the number of keys, of
 * which a client with an IPv6 prefix can produce any number. See docs/decisions/0003-rate-limiter.md.
 */
export function createMemoryRateLimiter({
  maxKeys = 100_000,
  now = () => performance.now(),
}: MemoryRateLimiterOptions = {}): MemoryRateLimiter {
  const fullAt = new LRUCache<string, number>({ max: maxKeys })
  const toBucketName = ({ limit, key }: Charge) => `${limit.name}:${key}`

  const fullAtMs = (charge: Charge, atMs: number) => Math.max(fullAt.get(toBucketName(charge)) ?? atMs, atMs)

  function check(charges: readonly Charge[], atMs = now()): Refusal | undefined {
    return findLongestWait(
      charges.map((charge) => ({
        limit: charge.limit,
        waitMs: computeWaitMs(charge, fullAtMs(charge, atMs), atMs),
      })),
    )
  }

  function debit(charges: readonly Charge[], atMs = now()): void {
    for (const charge of charges) {
      const { limit, points = 1 } = charge
      fullAt.set(toBucketName(charge), fullAtMs(charge, atMs) + (points * limit.windowMs) / limit.points)
    }
  }

  function consume(charges: readonly Charge[]): Refusal | undefined {
    const atMs = now()
    const refusal = check(charges, atMs)
    if (!refusal) debit(charges, atMs)
    return refusal
  }

  return {
    check: (charges) => check(charges),
    debit: (charges) => debit(charges),
    consumeAll: (charges) => Promise.resolve(consume(charges)),

    refund(charges) {
      for (const charge of charges) {
        const current = fullAt.get(toBucketName(charge))
        if (current !== undefined) fullAt.set(toBucketName(charge), current - computeCostMs(charge))
      }
      return Promise.resolve()
    },
  }
}
