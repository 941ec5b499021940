import type { Log } from '../log'
import type { Engine } from './engine'
import { FeedGap, type Consumption, type RunningConsumer } from './feed'
import type { Leases } from './lease'
import { pause } from './pause'

export interface ConsumerOptions {
  engine: Engine
  /** Of all processes that may run this consumer. */
  leases: Leases
  consumption: Consumption
  log: Log
}

/** Failures in a row that nobody need hear of, of some 3 s: the others may just be starting. */
const untold = 6

/**
 * Runs a consumer until it is closed, in one process at a time. What fails, and what another process takes over, is begun
 * again at the stored position.
 */
export function runConsumer({ engine, leases, consumption, log }: ConsumerOptions): RunningConsumer {
  const { topic, consumer } = consumption
  const closing = new AbortController()
  let failures = 0

  async function consume(signal: AbortSignal): Promise<void> {
    try {
      const after = await consumption.position()
      for await (const batch of engine.readDurably(topic, consumer, after, signal)) {
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
      await consumption.rebuild(await engine.newest(topic))
      failures = 0
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await leases.hold(`${topic}/${consumer}`, consume, closing.signal)
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
