const intervalMs = 10 * 60 * 1000

/** Creates a job that deletes expired documents: at the start, and every ten minutes from then on. */
export function createSweeper(sweep: () => Promise<unknown>) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> = Promise.resolve()
  // After a failure, for example of the database, the next sweep deletes the rest.
  const sweepLeniently = () => {
    running = sweep().catch(() => undefined)
  }
  return {
    async start(): Promise<void> {
      await sweep()
      timer = setInterval(sweepLeniently, intervalMs)
      timer.unref()
    },
    /** Waits for a sweep that is running. */
    async stop(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}
