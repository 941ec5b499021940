import { rateLimited } from '../shared/errors'

/** Runs few pieces of work at a time, the others wait for their turn. */
export interface Slots {
  /** @throws RATE_LIMITED when too many wait already */
  run<Result>(work: () => Promise<Result>): Promise<Result>
}

/** Bounds how many pieces of work are under way at once in this process; the others wait in the order they came. */
export function createSlots(atOnce: number, maximumWaiting = 500): Slots {
  const waiting: (() => void)[] = []
  let taken = 0
  return {
    async run(work) {
      if (taken < atOnce) taken++
      else {
        if (waiting.length >= maximumWaiting)
          throw rateLimited('Too much to do just now. Try again in a few seconds.', 5)
        // Whoever is done hands the slot over, so that nobody can come in between.
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else taken--
      }
    },
  }
}
