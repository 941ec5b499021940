import { setTimeout as wait } from 'node:timers/promises'

const minDelayMs = 50
const maxDelayMs = 5000

/**
 * Waits before a retry, with exponential backoff: 50 ms, doubled for each consecutive failure (0, 1, …), at most 5 s.
 *
 * @throws AbortError
 */
export async function waitWithBackoff(failures: number, signal: AbortSignal): Promise<void> {
  await wait(Math.min(maxDelayMs, minDelayMs * 2 ** failures), undefined, { signal })
}

/**
 * Waits for a promise with a timeout. A late result is ignored.
 *
 * @throws Error when the timeout passes first
 */
export async function withTimeout<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Timed out after ${timeoutMs} ms.`)), timeoutMs)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
