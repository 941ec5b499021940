import { rateLimited } from '../../../packages/platform'

/** Runs a limited number of tasks concurrently; the others wait. */
interface ConcurrencyLimiter {
  /**
   * Runs a task as soon as capacity is available.
   *
   * @param group for example a network: waiting groups are served round-robin, and no group can fill the whole queue
   * @throws RATE_LIMITED if too many tasks wait, in total or in this group
   */
  run<Result>(task: () => Promise<Result>, group?: string): Promise<Result>
  /** Returns how many tasks run and wait, and how many were rejected. */
  readState(): { running: number; waiting: number; rejected: number }
}

interface ConcurrencyLimiterOptions {
  /** The name of the limit in logs. */
  name?: string
  maxWaiting?: number
  maxWaitingPerGroup?: number
}

/**
 * Limits concurrent tasks of this process with a fair queue: groups are served round-robin, so that a group with many
 * tasks delays other groups by one task per round, and tasks of one group run in the order of arrival.
 */
export function createConcurrencyLimiter(
  concurrency: number,
  { name = 'password_hashes', maxWaiting = 500, maxWaitingPerGroup = 100 }: ConcurrencyLimiterOptions = {},
): ConcurrencyLimiter {
  /** Waiting tasks by group; the first group is served next. */
  const waiting = new Map<string | undefined, (() => void)[]>()
  let waitingCount = 0
  let running = 0
  let rejected = 0

  function wait(group: string | undefined): Promise<void> {
    const queue = waiting.get(group) ?? []
    if (waitingCount >= maxWaiting || (group !== undefined && queue.length >= maxWaitingPerGroup)) {
      rejected++
      throw rateLimited('Too many requests at the moment. Try again in a few seconds.', 5, {
        limit: name,
      })
    }
    waiting.set(group, queue)
    waitingCount++
    return new Promise<void>((start) => queue.push(start))
  }

  /** Passes the capacity directly to the next waiting task, so that no new task can overtake it. */
  function release(): void {
    const [next] = waiting
    if (!next) {
      running--
      return
    }
    const [group, [start, ...others]] = next
    waiting.delete(group)
    if (others.length > 0) waiting.set(group, others)
    waitingCount--
    start?.()
  }

  return {
    readState: () => ({ running, waiting: waitingCount, rejected }),
    async run(task, group) {
      if (running < concurrency) running++
      else await wait(group)
      try {
        return await task()
      } finally {
        release()
      }
    },
  }
}
