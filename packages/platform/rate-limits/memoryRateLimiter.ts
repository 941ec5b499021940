import { LRUCache } from 'lru-cache'

import {
  computeCostMs,
  findLongestWait,
  computeWaitMs,
  type Charge,
  type RateLimiter,
  type Refusal,
} from './rateLimiter'

export interface MemoryRateLimiterOptions {
  /** The most buckets to keep; the least recently used are dropped first. */
  maxKeys?: number
  /** A monotonic clock in milliseconds. */
  now?: () => number
}

/** A limiter with synchronous methods, also for work that is charged when it is done. */
export interface MemoryRateLimiter extends RateLimiter {
  /** Returns the longest wait among the charges that would be refused now; takes nothing. */
  check(charges: readonly Charge[]): Refusal | undefined
  /** Takes points that have been used already, even more than are left: the limit refuses all until they are back. */
  debit(charges: readonly Charge[]): void
}

/**
 * Creates a limiter that counts in this process alone.
 *
 * Not RateLimiterMemory of rate-limiter-flexible, because that keeps a timer per key without a bound on the number of keys,
 * while a client with an IPv6 prefix can produce any number. See docs/decisions/0003-rate-limiter.md.
 */
export function createMemoryRateLimiter({
  maxKeys = 100_000,
  now = () => performance.now(),
}: MemoryRateLimiterOptions = {}): MemoryRateLimiter {
  const fullAt = new LRUCache<string, number>({ max: maxKeys })
  const bucketOf = ({ limit, key }: Charge) => `${limit.name}:${key}`

  const fullAtMs = (charge: Charge, atMs: number) => Math.max(fullAt.get(bucketOf(charge)) ?? atMs, atMs)

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
      fullAt.set(bucketOf(charge), fullAtMs(charge, atMs) + (points * limit.windowMs) / limit.points)
    }
  }

  function take(charges: readonly Charge[]): Refusal | undefined {
    const atMs = now()
    const refusal = check(charges, atMs)
    if (!refusal) debit(charges, atMs)
    return refusal
  }

  return {
    check: (charges) => check(charges),
    debit: (charges) => debit(charges),
    consumeAll: (charges) => Promise.resolve(take(charges)),

    refund(charges) {
      for (const charge of charges) {
        const known = fullAt.get(bucketOf(charge))
        if (known !== undefined) fullAt.set(bucketOf(charge), known - computeCostMs(charge))
      }
      return Promise.resolve()
    },
  }
}
