/** Says which executions of an operation are tried on the direct path. */
export interface FastPathPolicy {
  /** Counts an execution. */
  shouldTry(): boolean
  recordOutcome(hasFitted: boolean): void
}

const longestPause = 1_000

/**
 * An operation that comes once only is not worth to be compiled for the direct path; and where answers do not fit, time
 * after time, each try costs what it read in vain: the pause after each is twice as long as the one before.
 *
 * @param first how many executions come before the first try
 */
export function createFastPathPolicy(first: number): FastPathPolicy {
  let left = first
  let pause = 1
  return {
    shouldTry: () => left === 0 || left-- === 0,
    recordOutcome(hasFitted) {
      left = hasFitted ? 0 : pause
      pause = hasFitted ? 1 : Math.min(2 * pause, longestPause)
    },
  }
}
