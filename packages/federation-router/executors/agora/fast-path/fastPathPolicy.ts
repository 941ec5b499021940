/** Decides which executions of an operation try the fast path. */
export interface FastPathPolicy {
  /** Counts an execution. */
  shouldTry(): boolean
  /** @param fits whether the responses had the expected shape */
  recordOutcome(fits: boolean): void
}

const maxPause = 1_000

/**
 * Creates a policy for one operation. Compiling the fast path does not pay for an operation that is executed once, and a
 * fallback wastes the work done before it, so each fallback doubles the pause.
 *
 * @param standardExecutions the number of executions before the first try
 */
export function createFastPathPolicy(standardExecutions: number): FastPathPolicy {
  let remaining = standardExecutions
  let pause = 1
  return {
    shouldTry: () => remaining === 0 || remaining-- === 0,
    recordOutcome(fits) {
      remaining = fits ? 0 : pause
      pause = fits ? 1 : Math.min(2 * pause, maxPause)
    },
  }
}
