import { AsyncResource } from 'node:async_hooks'
import { bulkhead, BulkheadRejectedError } from 'cockatiel'

import { rateLimited } from './errors'
import { currentScope, type RequestScope } from './requestScope'

/** Runs an expensive read when it is its turn. @throws RATE_LIMITED when too many wait already */
export type ReadLimiter = <Result>(read: () => Promise<Result>) => Promise<Result>

export interface ReadLimiterOptions {
  /** Reads under way at once. Two subgraphs' together are less than the eight that the embedded engine works on at once. */
  concurrency?: number
  /** Reads that wait. */
  queueLength?: number
}

/**
 * Limits the reads whose cost does not depend on what they return alone (searches, circles on the map, counts), so that all
 * others get through. Of one request at most one of them is under way or waits for its turn: a request with many does not
 * keep other requests out.
 */
export function createReadLimiter({
  concurrency = 3,
  queueLength = 32,
}: ReadLimiterOptions = {}): ReadLimiter {
  const policy = bulkhead(concurrency, queueLength)
  const lastReads = new WeakMap<RequestScope, Promise<unknown>>()

  async function run<Result>(read: () => Promise<Result>): Promise<Result> {
    try {
      return await policy.execute(read)
    } catch (error) {
      if (error instanceof BulkheadRejectedError)
        throw rateLimited('Too many searches and counts at once.', 1)
      throw error
    }
  }

  return (read) => {
    // The read of another request begins this one: it must not run in that one's scope.
    const bound = AsyncResource.bind(read)
    const scope = currentScope()
    if (!scope) return run(bound)
    const result = (lastReads.get(scope) ?? Promise.resolve()).then(() => run(bound))
    lastReads.set(
      scope,
      result.catch(() => undefined),
    )
    return result
  }
}
