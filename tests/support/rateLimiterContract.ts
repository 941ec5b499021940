import type { RateLimit, RateLimiter } from '../../packages/platform/rate-limits/rateLimiter'

export const tenPerMinute: RateLimit = { name: 'tenPerMinute', points: 10, windowMs: 60_000 }
const three: RateLimit = { name: 'three', points: 3, windowMs: 10_000 }

interface StartedLimiters {
  /** Several, if processes share their counts. */
  limiters: readonly RateLimiter[]
  close?: () => Promise<void>
}

/** Takes points of one limit; resolves to undefined when allowed, otherwise to the milliseconds to wait. */
export async function consumePoints(
  limiter: RateLimiter,
  limit: RateLimit,
  key: string,
  points = 1,
): Promise<number | undefined> {
  return (await limiter.consumeAll([{ limit, key, points }]))?.waitMs
}

/** Runs the tests that every rate limiter passes. */
export function describeRateLimiter(
  title: string,
  start: (now: () => Date) => Promise<StartedLimiters>,
): void {
  describe(title, () => {
    let time = Date.parse('2026-03-01T12:00:00.000Z')
    let started: StartedLimiters
    let turn = 0
    let lastKey = 0
    const limiter = (): RateLimiter => {
      const next = started.limiters[turn++ % started.limiters.length]
      if (!next) throw new Error('No limiter was started.')
      return next
    }
    const newKey = () => `key ${++lastKey}`

    beforeAll(async () => {
      started = await start(() => new Date(time))
    })
    afterAll(() => started.close?.())

    it('allows a burst of all points, then returns how long to wait', async () => {
      const key = newKey()
      for (let count = 0; count < 10; count++) {
        expect(await consumePoints(limiter(), tenPerMinute, key)).toBeUndefined()
      }
      expect(await consumePoints(limiter(), tenPerMinute, key)).toBe(6000)
      expect(await consumePoints(limiter(), tenPerMinute, key, 10)).toBe(60_000)
    })

    it('allows the next attempt exactly after that time, and does not count refused ones', async () => {
      const key = newKey()
      await consumePoints(limiter(), tenPerMinute, key, 10)
      for (let count = 0; count < 5; count++) await consumePoints(limiter(), tenPerMinute, key)
      time += 5999
      expect(await consumePoints(limiter(), tenPerMinute, key)).toBe(1)
      time += 1
      expect(await consumePoints(limiter(), tenPerMinute, key)).toBeUndefined()
      expect(await consumePoints(limiter(), tenPerMinute, key)).toBe(6000)
    })

    it('allows all points again after the window', async () => {
      const key = newKey()
      await consumePoints(limiter(), three, key, 3)
      time += 10_000
      expect(await consumePoints(limiter(), three, key, 3)).toBeUndefined()
    })

    it('counts keys and limits separately', async () => {
      const [one, other] = [newKey(), newKey()]
      await consumePoints(limiter(), three, one, 3)
      expect(await consumePoints(limiter(), three, other, 3)).toBeUndefined()
      expect(await consumePoints(limiter(), tenPerMinute, one, 10)).toBeUndefined()
    })

    it('takes the points of several charges together or not at all, and names the limit that refused', async () => {
      const key = newKey()
      const charges = [
        { limit: tenPerMinute, key },
        { limit: three, key },
      ]
      for (let count = 0; count < 3; count++) expect(await limiter().consumeAll(charges)).toBeUndefined()
      expect(await limiter().consumeAll(charges)).toEqual({ limit: three, waitMs: expect.any(Number) })
      expect(await consumePoints(limiter(), tenPerMinute, key, 7)).toBeUndefined()
    })

    it('returns the longest wait of all limits that refuse', async () => {
      const key = newKey()
      await consumePoints(limiter(), three, key, 3)
      await consumePoints(limiter(), tenPerMinute, key, 10)
      const charges = [
        { limit: three, key },
        { limit: tenPerMinute, key },
      ]
      expect(await limiter().consumeAll(charges)).toEqual({ limit: tenPerMinute, waitMs: 6000 })
    })

    it('does not take later charges when an earlier one is refused', async () => {
      const key = newKey()
      await consumePoints(limiter(), three, key, 3)
      const charges = [
        { limit: three, key },
        { limit: tenPerMinute, key },
      ]
      for (let count = 0; count < 20; count++) await limiter().consumeAll(charges)
      expect(await consumePoints(limiter(), tenPerMinute, key, 10)).toBeUndefined()
    })

    it('returns refunded points, but never more than the limit has', async () => {
      const key = newKey()
      await consumePoints(limiter(), three, key, 3)
      await limiter().refund([{ limit: three, key, points: 2 }])
      expect(await consumePoints(limiter(), three, key, 3)).toBeGreaterThan(0)
      expect(await consumePoints(limiter(), three, key, 2)).toBeUndefined()
      for (let count = 0; count < 5; count++) await limiter().refund([{ limit: three, key, points: 3 }])
      expect(await consumePoints(limiter(), three, key, 3)).toBeUndefined()
      expect(await consumePoints(limiter(), three, key, 1)).toBeGreaterThan(0)
    })

    it('allows exactly as many of many concurrent attempts as there are points', async () => {
      const key = newKey()
      const waits = await Promise.all(
        Array.from({ length: 40 }, () => consumePoints(limiter(), tenPerMinute, key)),
      )
      expect(waits.filter((wait) => wait === undefined)).toHaveLength(10)
    })

    it('rejects more points than the limit has', async () => {
      const attempt = async () => consumePoints(limiter(), three, newKey(), 4)
      await expect(attempt()).rejects.toThrow('The limit "three" has 3 points, not 4.')
    })
  })
}
