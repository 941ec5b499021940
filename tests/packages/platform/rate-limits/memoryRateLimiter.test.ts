import { createMemoryRateLimiter } from '../../../../packages/platform/rate-limits/memoryRateLimiter'
import { consumePoints, describeRateLimiter, tenPerMinute } from '../../../support/rateLimiterContract'

describeRateLimiter('createMemoryRateLimiter', (now) =>
  Promise.resolve({ limiters: [createMemoryRateLimiter({ now: () => now().getTime() })] }),
)

it('keeps a bounded number of keys, and drops the least recently used one', async () => {
  const limiter = createMemoryRateLimiter({ maxKeys: 2, now: () => 0 })
  for (const key of ['a', 'b', 'c']) await consumePoints(limiter, tenPerMinute, key, 10)
  expect(await consumePoints(limiter, tenPerMinute, 'c', 1)).toBeGreaterThan(0)
  expect(await consumePoints(limiter, tenPerMinute, 'a', 1)).toBeUndefined()
})

it('allows all points of a full bucket at any fraction of a millisecond', () => {
  const limiter = createMemoryRateLimiter({ now: () => nowMs })
  let nowMs = 0
  for (; nowMs < 10; nowMs += 0.123)
    expect(limiter.check([{ limit: tenPerMinute, key: 'a', points: 10 }])).toBeUndefined()
})

describe('points that are debited after their use', () => {
  const limit = { name: 'work', points: 100, windowMs: 1_000 }
  const charge = (points: number) => ({ limit, key: 'a', points })

  it('rejects all attempts while more than the limit is debited, and none before', () => {
    let nowMs = 0
    const limiter = createMemoryRateLimiter({ now: () => nowMs })
    limiter.debit([charge(99)])
    expect(limiter.check([charge(0)])).toBeUndefined()
    limiter.debit([charge(51)])
    expect(limiter.check([charge(0)])).toEqual({ limit, waitMs: 500 })
    expect(limiter.check([{ ...charge(0), key: 'b' }])).toBeUndefined()
    nowMs = 499
    expect(limiter.check([charge(0)])).toEqual({ limit, waitMs: 1 })
    nowMs = 500
    expect(limiter.check([charge(0)])).toBeUndefined()
  })

  it('adds up with points that are consumed beforehand', async () => {
    const limiter = createMemoryRateLimiter({ now: () => 0 })
    limiter.debit([charge(95)])
    expect(await consumePoints(limiter, limit, 'a', 5)).toBeUndefined()
    expect(await consumePoints(limiter, limit, 'a', 1)).toBe(10)
  })
})
