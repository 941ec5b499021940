import { waitWithBackoff } from '../../platform'
import type { Log } from '../../platform/log'
import type { EventLogEngine } from '../engine'
import { EventLogGapError, type ConsumerDefinition, type RunningConsumer } from '../eventLog'
import type { Leases } from '../mongo/leases'

interface RunConsumerOptions {
  engine: EventLogEngine
  /** Shared by all processes that may run this consumer. */
  leases: Leases
  definition: ConsumerDefinition
  log: Log
}

/** Consecutive failures, over some 3 s, that are logged at `info`: the other services may be starting. */
const maxExpectedFailures = 6

/**
 * Runs a consumer until it is closed, in one process at a time. After a failure or in another process it
 * continues after the stored position.
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
        log.info({ topic, consumer }, 'Rebuilding from the owner at the first start')
      else log.warn({ err: error, topic, consumer }, 'Rebuilding from the owner after a gap in the event log')
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
        const level = failures < maxExpectedFailures ? 'info' : 'error'
        log[level]({ err: error, topic, consumer }, 'A consumer of the event log failed and will be retried')
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
