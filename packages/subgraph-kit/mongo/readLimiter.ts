import { AsyncResource } from 'node:async_hooks'
import { bulkhead, BulkheadRejectedError } from 'cockatiel'
import { currentScope, rateLimited, type RequestScope } from '../../platform'
import type { QueueState } from '../telemetry/limitMetrics'

/** Limits expensive reads. */
export interface ReadLimiter {
  /** Runs a read as soon as the concurrency limit permits. @throws RATE_LIMITED when the queue is full */
  limitRead: <Result>(read: () => Promise<Result>) => Promise<Result>
  /** Returns how many reads run and wait, and how many were rejected. */
  readState(): QueueState
}

interface ReadLimiterOptions {
  /** Default 3: the reads of two subgraphs are fewer than the eight that the embedded engine runs concurrently. */
  concurrency?: number
  /** Default 32. */
  queueLength?: number
}

/**
 * Creates a bulkhead that limits the concurrency of reads whose cost does not depend on the size of their
 * result (searches, distances, counts), so that other reads stay fast. At most one of them per request runs or
 * waits, so that a request with many does not starve other requests.
 */
export function createReadLimiter({
  concurrency = 3,
  queueLength = 32,
}: ReadLimiterOptions = {}): ReadLimiter {
  const policy = bulkhead(concurrency, queueLength)
  let rejected = 0
  const lastReads = new WeakMap<RequestScope, Promise<unknown>>()

  async function run<Result>(read: () => Promise<Result>): Promise<Result> {
    try {
      return await policy.execute(read)
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error
      rejected++
      throw rateLimited('Too many searches and counts at once.', 1, { limit: 'reads' })
    }
  }

  const limitRead: ReadLimiter['limitRead'] = (read) => {
    // The end of another request's read may start this one, which must not run in that request's scope.
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

  return {
    limitRead,
    readState: () => ({
      running: concurrency - policy.executionSlots,
      waiting: queueLength - policy.queueSlots,
      rejected,
    }),
  }
}
