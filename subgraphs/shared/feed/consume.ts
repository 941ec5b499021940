import type { Log } from '../log'
import { FeedGap, type Consumption, type Delivery, type RunningConsumer } from './feed'
import { pause } from './pause'

/** What an engine has for one durable consumer. */
export interface Source {
  /**
   * Does the work while no other process does any for this consumer. The work's signal is aborted with the one given, and
   * when another process takes over.
   */
  alone(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>
  /**
   * What comes after the stored position. Asking for the next batch acknowledges the one before.
   * @throws FeedGap, also where there is no position
   */
  read(position: () => Promise<string | undefined>, signal: AbortSignal): AsyncIterable<readonly Delivery[]>
  /** Begins anew, from now. @returns the position to store; whatever happens after it is read */
  restart(): Promise<string>
}

/** Failures in a row that nobody need hear of, of some 3 s: the others may just be starting. */
const untold = 6

/** Runs a consumer on an engine's source until it is closed. What fails is begun again at the stored position. */
export function runConsumer(source: Source, consumption: Consumption, log: Log): RunningConsumer {
  const { topic, consumer } = consumption
  const closing = new AbortController()
  let failures = 0

  async function consume(signal: AbortSignal): Promise<void> {
    try {
      for await (const batch of source.read(() => consumption.position(), signal)) {
        const last = batch.at(-1)
        if (!last) continue
        await consumption.handle(
          batch.map(({ event }) => event),
          last.position,
        )
        failures = 0
        if (signal.aborted) return
      }
    } catch (error) {
      if (!(error instanceof FeedGap)) throw error
      if (error.position === undefined)
        log.info({ topic, consumer }, 'Taking everything in for the first time')
      else log.warn({ err: error, topic, consumer }, 'Events may have been missed; taking everything anew')
      await consumption.rebuild(await source.restart())
      failures = 0
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await source.alone(consume, closing.signal)
      } catch (error) {
        if (closing.signal.aborted) return
        const told = failures < untold ? 'info' : 'error'
        log[told]({ err: error, topic, consumer }, 'A consumer of the feed failed and begins again')
        await pause(failures++, closing.signal).catch(() => undefined)
      }
    }
  }

  const running = run()
  return {
    close: async () => {
      closing.abort()
      await running
    },
  }
}
