import type { Log } from '../../platform/log'
import type { ProjectionStore } from '../mongo/projectionStore'

const checkIntervalMs = 5000

interface CascadeRetryOptions {
  store: Pick<ProjectionStore<object>, 'findDueCascades' | 'completeCascades'>
  /** Runs the cascade of these deleted entities. Idempotent. */
  runCascade(ids: readonly string[]): Promise<void>
  log: Log
}

/** A job that runs at intervals until it is stopped. */
interface PeriodicJob {
  start(): void
  /** Resolves when the current run has ended. */
  stop(): Promise<void>
}

/**
 * Runs each cascade a second time, some 15 s after the deletion. The consumer of the deletion event runs it at
 * once, but a request that read the entity before its deletion may write a reference to it afterwards.
 */
export function createCascadeRetry({ store, runCascade, log }: CascadeRetryOptions): PeriodicJob {
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined

  async function runDueCascades(): Promise<void> {
    try {
      for (let ids = await store.findDueCascades(); ids.length > 0; ids = await store.findDueCascades()) {
        await runCascade(ids)
        await store.completeCascades(ids)
      }
    } catch (error) {
      log.warn({ err: error }, 'The cascades of deleted entities failed and will be retried')
    }
  }

  return {
    start() {
      timer = setInterval(() => {
        working ??= runDueCascades().finally(() => {
          working = undefined
        })
      }, checkIntervalMs)
      timer.unref()
    },
    async stop() {
      clearInterval(timer)
      await working
    },
  }
}
