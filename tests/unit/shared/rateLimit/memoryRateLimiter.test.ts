import { createMemoryRateLimiter } from '../../../../subgraphs/shared/rateLimit/memoryRateLimiter'
import { describeRateLimiter, tenPerMinute } from '../../../support/rateLimiterContract'

describeRateLimiter('createMemoryRateLimiter', (now) =>
  Promise.resolve({ limiters: [createMemoryRateLimiter({ now: () => now().getTime() })] }),
)

it('remembers a bounded number of keys, and drops those that were unused for the longest time', async () => {
  const limiter = createMemoryRateLimiter({ maxKeys: 2, now: () => 0 })
  for (const key of ['a', 'b', 'c']) await limiter.consume(tenPerMinute, key, 10)
  expect(await limiter.consume(tenPerMinute, 'c', 1)).toBeGreaterThan(0)
  expect(await limiter.consume(tenPerMinute, 'a', 1)).toBeUndefined()
})
