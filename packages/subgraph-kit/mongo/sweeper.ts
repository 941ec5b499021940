import type { SweeperMetrics } from '../telemetry/sweeperMetrics'

const intervalMs = 10 * 60 * 1000

/**
 * Creates a job that deletes expired documents: at the start, and every ten minutes afterwards.
 *
 * @param name in metrics
 */
export function createSweeper(name: string, sweep: () => Promise<unknown>, metrics?: SweeperMetrics) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> = Promise.resolve()
  // The next sweep retries after a failure, for example of the database.
  const sweepWithRetry = () => {
    running = sweep().then(
      () => metrics?.countSuccess(name),
      () => metrics?.countFailure(name),
    )
  }
  return {
    async start(): Promise<void> {
      await sweep()
      metrics?.countSuccess(name)
      timer = setInterval(sweepWithRetry, intervalMs)
      timer.unref()
    },
    /** Resolves when the current sweep has ended. */
    async stop(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}
