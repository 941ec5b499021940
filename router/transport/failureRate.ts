import { CircuitState, type IBreaker } from 'cockatiel'

export interface FailureRateOptions {
  percent: number
  minimum: number
  windowMilliseconds: number
}

const slices = 10

/**
 * Says when a circuit opens: at so many failures in a hundred, of at least so many calls, within the window before now.
 * (cockatiel's SamplingBreaker counts what happened before a quiet time as if it were new, and opens above the
 * percentage, not at it.)
 */
export function createFailureRate({ percent, minimum, windowMilliseconds }: FailureRateOptions): IBreaker {
  const length = windowMilliseconds / slices
  const counts = Array.from({ length: slices }, () => ({ slice: -1, calls: 0, failures: 0 }))

  function note(failures: 0 | 1): number {
    const now = Math.floor(Date.now() / length)
    const count = counts[now % slices]
    if (count === undefined) return now
    if (count.slice !== now) Object.assign(count, { slice: now, calls: 0, failures: 0 })
    count.calls++
    count.failures += failures
    return now
  }

  return {
    state: undefined,
    success(state) {
      if (state === CircuitState.HalfOpen) for (const count of counts) count.slice = -1
      note(0)
    },
    failure() {
      const now = note(1)
      let calls = 0
      let failures = 0
      for (const count of counts) {
        if (count.slice <= now - slices) continue
        calls += count.calls
        failures += count.failures
      }
      return calls >= minimum && failures * 100 >= percent * calls
    },
  }
}
