const intervalMs = 10 * 60 * 1000

/** Creates a job that deletes expired documents: at the start, and every ten minutes afterwards. */
export function createSweeper(sweep: () => Promise<unknown>) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> = Promise.resolve()
  // The next sweep retries after a failure, for example of the database.
  const sweepWithRetry = () => {
    running = sweep().catch(() => undefined)
  }
  return {
    async start(): Promise<void> {
      await sweep()
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
