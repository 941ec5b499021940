const firstDelayMs = 200
const maxDelayMs = 10_000

/** A process that was ready for this long starts again with the first delay. */
export const healthyAfterMs = 10_000

/** Returns the delay before a restart: exponential backoff over consecutive failures (0, 1, …). */
export function restartDelayMs(failures: number): number {
  return Math.min(maxDelayMs, firstDelayMs * 2 ** failures)
}
