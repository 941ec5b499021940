import { rateLimited } from '../shared/errors'

/** Runs a few tasks at a time; the others wait. */
export interface Slots {
  /**
   * Runs a task when its turn comes.
   *
   * @param group a network, for example: no group can fill the whole queue
   * @throws RATE_LIMITED when too many wait already, of all groups or of this one
   */
  run<Result>(task: () => Promise<Result>, group?: string): Promise<Result>
}

export interface SlotsOptions {
  maxWaiting?: number
  maxWaitingPerGroup?: number
}

/** Bounds how many tasks run at the same time in this process; the others wait in the order in which they came. */
export function createSlots(
  concurrency: number,
  { maxWaiting = 500, maxWaitingPerGroup = 100 }: SlotsOptions = {},
): Slots {
  const waiting: { group: string | undefined; start: () => void }[] = []
  const waitingOf = new Map<string, number>()
  let running = 0

  function wait(group: string | undefined): Promise<void> {
    const ofGroup = group === undefined ? 0 : (waitingOf.get(group) ?? 0)
    if (waiting.length >= maxWaiting || ofGroup >= maxWaitingPerGroup) {
      throw rateLimited('Too many requests at the moment. Try again in a few seconds.', 5)
    }
    if (group !== undefined) waitingOf.set(group, ofGroup + 1)
    return new Promise<void>((start) => waiting.push({ group, start }))
  }

  /** Hands the slot over to the next task, so that no new one can take it in between. */
  function release(): void {
    const next = waiting.shift()
    if (!next) {
      running--
      return
    }
    if (next.group !== undefined) {
      const left = (waitingOf.get(next.group) ?? 1) - 1
      if (left > 0) waitingOf.set(next.group, left)
      else waitingOf.delete(next.group)
    }
    next.start()
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
