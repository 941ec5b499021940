import { setTimeout as wait } from 'node:timers/promises'

const shortest = 50
const longest = 5000

/** Waits before another try: 50 ms, and twice as long after each failure in a row (0, 1, …), at most 5 s. @throws AbortError */
export async function waitWithBackoff(failures: number, signal: AbortSignal): Promise<void> {
  await wait(Math.min(longest, shortest * 2 ** failures), undefined, { signal })
}
