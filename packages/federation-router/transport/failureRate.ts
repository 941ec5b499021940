interface FailureRateOptions {
  thresholdPercent: number
  minCalls: number
  windowMs: number
}

/** The failure rate within a sliding window. */
interface FailureRate {
  /**
   * Records a call.
   *
   * @param nowMs in milliseconds of the monotonic clock (`performance.now`)
   * @returns whether a failed call raises the rate to the threshold, with the minimum number of calls
   */
  record(hasFailed: boolean, nowMs: number): boolean
  /** Returns whether a call within the window has failed. */
  hasFailures(nowMs: number): boolean
  reset(): void
}

const slicesPerWindow = 10

/** Creates a window that advances by tenths of its length. */
export function createFailureRate({ thresholdPercent, minCalls, windowMs }: FailureRateOptions): FailureRate {
  const sliceMs = windowMs / slicesPerWindow
  const counts = Array.from({ length: slicesPerWindow }, () => ({ slice: -Infinity, calls: 0, failures: 0 }))

  function isAtThreshold(slice: number): boolean {
    let calls = 0
    let failures = 0
    for (const count of counts) {
      if (count.slice <= slice - slicesPerWindow) continue
      calls += count.calls
      failures += count.failures
    }
    return calls >= minCalls && failures * 100 >= thresholdPercent * calls
  }

  return {
    record(hasFailed, nowMs) {
      const slice = Math.floor(nowMs / sliceMs)
      const count = counts[slice % slicesPerWindow]
      if (!count) return false
      if (count.slice !== slice) {
        count.slice = slice
        count.calls = count.failures = 0
      }
      count.calls++
      if (!hasFailed) return false
      count.failures++
      return isAtThreshold(slice)
    },
    hasFailures(nowMs) {
      const oldest = Math.floor(nowMs / sliceMs) - slicesPerWindow
      return counts.some(({ slice, failures }) => slice > oldest && failures > 0)
    },
    reset() {
      for (const count of counts) count.slice = -Infinity
    },
  }
}
