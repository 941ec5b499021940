import type { Log } from '../../platform/log'
import type { ProjectionStore } from '../mongo/projectionStore'

export interface CascadeRetryOptions {
  store: Pick<ProjectionStore<object>, 'due' | 'done'>
  /** Does what the end of these brings with it; doing it again changes nothing. */
  run(ids: readonly string[]): Promise<void>
  log: Log
  /** How often it looks for what is due, in milliseconds; 5,000 unless told. */
  intervalMs?: number
}

/** Something that is done from time to time until it is stopped. */
export interface PeriodicJob {
  start(): void
  /** Resolves when what is under way is done. */
  stop(): Promise<void>
}

/**
 * Repeats what the end of others' entities brings with it some 15 s after their end. The consumer that hears of the end
 * does it at once; a request that had just read of something as present may write after that, and a crash may keep that
 * request from noticing.
 */
export function createCascadeRetry({ store, run, log, intervalMs = 5000 }: CascadeRetryOptions): PeriodicJob {
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined

  async function followUp(): Promise<void> {
    try {
      for (let ids = await store.due(); ids.length > 0; ids = await store.due()) {
        await run(ids)
        await store.done(ids)
      }
    } catch (error) {
      log.warn({ err: error }, 'What has gone is followed up later')
    }
  }

  return {
    start() {
      timer = setInterval(() => {
        working ??= followUp().finally(() => {
          working = undefined
        })
      }, intervalMs)
      timer.unref()
    },
    async stop() {
      clearInterval(timer)
      await working
    },
  }
}
