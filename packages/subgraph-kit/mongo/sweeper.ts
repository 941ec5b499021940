import { createLeases, type Connection } from '../../event-log/mongo'
import type { SweeperMetrics } from '../telemetry/sweeperMetrics'
import { requireDb } from './readDocuments'

const defaultIntervalMs = 10 * 60 * 1000

interface SweeperOptions {
  /** In metrics, and of the lease. */
  name: string
  /** Contains the lease. */
  connection: Connection
  /** Does the work that is due. Idempotent. @throws AbortError when it is stopped, or when the lease is lost */
  sweep(signal: AbortSignal): Promise<unknown>
  metrics?: SweeperMetrics
  /** Between two sweeps; default: ten minutes. */
  intervalMs?: number
}

/**
 * Creates a job that does the work that is due at the start, and at intervals afterwards, in one process at a time. After a
 * failure or a crash, the next sweep in any process does the rest.
 */
export function createSweeper({
  name,
  connection,
  sweep,
  metrics,
  intervalMs = defaultIntervalMs,
}: SweeperOptions) {
  const closing = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  async function runSweep(signal: AbortSignal): Promise<void> {
    await sweep(signal)
  }

  async function sweepOnce(): Promise<void> {
    try {
      await createLeases(requireDb(connection)).hold(`sweeper/${name}`, runSweep, closing.signal)
      metrics?.countSuccess(name)
    } catch {
      if (!closing.signal.aborted) metrics?.countFailure(name)
    }
  }

  function sweepUnlessRunning(): void {
    running ??= sweepOnce().finally(() => {
      running = undefined
    })
  }

  return {
    start(): void {
      sweepUnlessRunning()
      timer = setInterval(sweepUnlessRunning, intervalMs)
      timer.unref()
    },
    /** Resolves when the current sweep has ended. */
    async close(): Promise<void> {
      clearInterval(timer)
      closing.abort()
      await running
    },
  }
}
