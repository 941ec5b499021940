import { rateLimited } from '../../../packages/platform/errors'

/** Runs a few tasks at a time; the others wait. */
export interface ConcurrencyLimiter {
  /**
   * Runs a task when its turn comes.
   *
   * @param group a network, for example: groups take turns, and no group can fill the whole queue
   * @throws RATE_LIMITED when too many wait already, of all groups or of this one
   */
  run<Result>(task: () => Promise<Result>, group?: string): Promise<Result>
}

export interface ConcurrencyLimiterOptions {
  maxWaiting?: number
  maxWaitingPerGroup?: number
}

/**
 * Bounds how many tasks run at the same time in this process. The groups that wait take turns, so a group with many tasks
 * delays the others by one each; within a group the order of arrival holds.
 */
export function createConcurrencyLimiter(
  concurrency: number,
  { maxWaiting = 500, maxWaitingPerGroup = 100 }: ConcurrencyLimiterOptions = {},
): ConcurrencyLimiter {
  /** Each group's tasks; the group whose turn is next comes first. */
  const waiting = new Map<string | undefined, (() => void)[]>()
  let waitingCount = 0
  let running = 0

  function wait(group: string | undefined): Promise<void> {
    const ofGroup = waiting.get(group) ?? []
    if (waitingCount >= maxWaiting || (group !== undefined && ofGroup.length >= maxWaitingPerGroup)) {
      throw rateLimited('Too many requests at the moment. Try again in a few seconds.', 5)
    }
    waiting.set(group, ofGroup)
    waitingCount++
    return new Promise<void>((start) => ofGroup.push(start))
  }

  /** Hands the slot over to the next task, so that no new one can take it in between. */
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
