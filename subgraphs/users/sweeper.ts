const intervalMilliseconds = 10 * 60 * 1000

/** Clears away what has expired: at the start, and every ten minutes from then on. */
export function createSweeper(sweep: () => Promise<unknown>) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> = Promise.resolve()
  // What a sweep leaves because the database is away, the next one takes.
  const sweepLeniently = () => {
    running = sweep().catch(() => undefined)
  }
  return {
    async start(): Promise<void> {
      await sweep()
      timer = setInterval(sweepLeniently, intervalMilliseconds)
      timer.unref()
    },
    /** Waits for a sweep that is under way. */
    async stop(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}
