export interface FailureRateOptions {
  thresholdPercent: number
  minCalls: number
  windowMs: number
}

/** Counts what failed and what did not within a window of time before now. */
export interface FailureRate {
  /**
   * Counts one more.
   *
   * @param now milliseconds of the monotonic clock (`performance.now`)
   * @returns whether so many in a hundred have failed, of at least so many
   */
  record(hasFailed: boolean, now: number): boolean
  /** Begins anew. */
  reset(): void
}

const slices = 10

/** The window moves on by tenths of its length; a quiet time moves it, too. */
export function createFailureRate({ thresholdPercent, minCalls, windowMs }: FailureRateOptions): FailureRate {
  const length = windowMs / slices
  const counts = Array.from({ length: slices }, () => ({ slice: -Infinity, calls: 0, failures: 0 }))

  function isTooHigh(slice: number): boolean {
    let calls = 0
    let failures = 0
    for (const count of counts) {
      if (count.slice <= slice - slices) continue
      calls += count.calls
      failures += count.failures
    }
    return calls >= minCalls && failures * 100 >= thresholdPercent * calls
  }

  return {
    record(hasFailed, now) {
      const slice = Math.floor(now / length)
      const count = counts[slice % slices]
      if (!count) return false
      if (count.slice !== slice) {
        count.slice = slice
        count.calls = count.failures = 0
      }
      count.calls++
      if (!hasFailed) return false
      count.failures++
      return isTooHigh(slice)
    },
    reset() {
      for (const count of counts) count.slice = -Infinity
    },
  }
}
