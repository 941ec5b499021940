import type { Log } from '../../platform/log'
import type { EventLogEngine } from '../engine'
import { EventLogGapError, type ConsumerDefinition, type RunningConsumer } from '../eventLog'
import type { Leases } from '../mongo/leases'
import { waitWithBackoff } from '../../platform/async/backoff'

export interface RunConsumerOptions {
  engine: EventLogEngine
  /** Of all processes that may run this consumer. */
  leases: Leases
  definition: ConsumerDefinition
  log: Log
}

/** Failures in a row that nobody need hear of, of some 3 s: the others may just be starting. */
const untold = 6

/**
 * Runs a consumer until it is closed, in one process at a time. What fails, and what another process takes over, is begun
 * again at the stored position.
 */
export function runConsumer({ engine, leases, definition, log }: RunConsumerOptions): RunningConsumer {
  const { topic, consumer } = definition
  const closing = new AbortController()
  let failures = 0

  async function consume(signal: AbortSignal): Promise<void> {
    try {
      const after = await definition.readPosition()
      for await (const batch of engine.readAsConsumer(topic, consumer, after, signal)) {
        const last = batch.at(-1)
        if (!last) continue
        await definition.handle(
          batch.map(({ event }) => event),
          last.position,
        )
        failures = 0
        if (signal.aborted) return
      }
    } catch (error) {
      if (!(error instanceof EventLogGapError)) throw error
      if (error.position === undefined)
        log.info({ topic, consumer }, 'Taking everything in for the first time')
      else log.warn({ err: error, topic, consumer }, 'Events may have been missed; taking everything anew')
      await definition.rebuild(await engine.readNewestPosition(topic))
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
        await waitWithBackoff(failures++, closing.signal).catch(() => undefined)
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
