const first = 200
const longest = 10_000

/** How long a part was ready before its death counts as a new trouble, in milliseconds. */
export const healthyAfterMs = 10_000

/** How long to wait before a part is started again, in milliseconds: twice as long after each failure in a row (0, 1, …). */
export function restartDelayMs(failures: number): number {
  return Math.min(longest, first * 2 ** failures)
}
