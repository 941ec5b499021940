import type { Log } from '../log'
import type { Copies } from './copies'

export interface FollowUpOptions {
  copies: Pick<Copies<object>, 'due' | 'done'>
  /** Does what the end of these brings with it; doing it again changes nothing. */
  run(ids: readonly string[]): Promise<void>
  log: Log
  /** How often it looks for what is due, in milliseconds; 5,000 unless told. */
  every?: number
}

/** Something that is done from time to time until it is stopped. */
export interface Repeated {
  start(): void
  /** Resolves when what is under way is done. */
  stop(): Promise<void>
}

/**
 * Repeats what the end of others' entities brings with it some 15 s after their end. The consumer that hears of the end
 * does it at once; a request that had just read of something as present may write after that, and a crash may keep that
 * request from noticing.
 */
export function createFollowUp({ copies, run, log, every = 5000 }: FollowUpOptions): Repeated {
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined

  async function followUp(): Promise<void> {
    try {
      for (let ids = await copies.due(); ids.length > 0; ids = await copies.due()) {
        await run(ids)
        await copies.done(ids)
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
      }, every)
      timer.unref()
    },
    async stop() {
      clearInterval(timer)
      await working
    },
  }
}
