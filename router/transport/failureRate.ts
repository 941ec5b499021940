export interface FailureRateOptions {
  percent: number
  minimum: number
  windowMilliseconds: number
}

/** Counts what failed and what did not within a window of time before now. */
export interface FailureRate {
  /** Counts one more. @returns whether so many in a hundred have failed, of at least so many */
  note(hasFailed: boolean): boolean
  /** Begins anew. */
  forget(): void
}

const slices = 10

/** The window moves on by tenths of its length; a quiet time moves it, too. */
export function createFailureRate({ percent, minimum, windowMilliseconds }: FailureRateOptions): FailureRate {
  const length = windowMilliseconds / slices
  const counts = Array.from({ length: slices }, () => ({ slice: -1, calls: 0, failures: 0 }))

  function isTooHigh(now: number): boolean {
    let calls = 0
    let failures = 0
    for (const count of counts) {
      if (count.slice <= now - slices) continue
      calls += count.calls
      failures += count.failures
    }
    return calls >= minimum && failures * 100 >= percent * calls
  }

  return {
    note(hasFailed) {
      const now = Math.floor(Date.now() / length)
      const count = counts[now % slices]
      if (!count) return false
      if (count.slice !== now) {
        count.slice = now
        count.calls = count.failures = 0
      }
      count.calls++
      if (!hasFailed) return false
      count.failures++
      return isTooHigh(now)
    },
    forget() {
      for (const count of counts) count.slice = -1
    },
  }
}
