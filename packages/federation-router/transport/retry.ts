import { setTimeout as wait } from 'node:timers/promises'

const minDelayMs = 100
/** The upper limit of a delay, and the time that must be left before the deadline for a retry. */
export const maxRetryDelayMs = 250

/**
 * Calls an operation again, with exponential backoff and full jitter, after an error that `mayRetry` accepts.
 *
 * @throws the error of the last attempt
 */
export async function retry<Result>(
  maxRetries: number,
  attempt: () => Promise<Result>,
  mayRetry: (error: unknown) => boolean,
  onRetry?: () => void,
): Promise<Result> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (failures >= maxRetries || !mayRetry(error)) throw error
    }
    onRetry?.()
    await wait(Math.random() * Math.min(maxRetryDelayMs, minDelayMs * 2 ** failures))
  }
}
