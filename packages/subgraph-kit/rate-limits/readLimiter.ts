import { AsyncResource } from 'node:async_hooks'
import { bulkhead, BulkheadRejectedError } from 'cockatiel'

import { rateLimited } from '../../platform/errors'
import { currentScope, type RequestScope } from '../../platform/request/requestScope'

/** Runs an expensive read when it is its turn. @throws RATE_LIMITED when too many wait already */
export type ReadLimiter = <Result>(read: () => Promise<Result>) => Promise<Result>

export interface ReadLimiterOptions {
  /** Concurrent reads. Those of two subgraphs are fewer than the eight that the embedded engine runs concurrently. */
  concurrency?: number
  /** Reads that wait. */
  queueLength?: number
}

/**
 * Limits the reads whose cost does not depend on their result alone (searches, circles on the map, counts), so that all
 * others get through. At most one of them per request runs or waits: a request with many does not keep other requests
 * out.
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
    // The end of another request's read starts this one: it must not run in that request's scope.
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
