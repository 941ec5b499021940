import { withTimeout } from '../platform'
import type { Log } from '../platform/log'
import { runConsumer } from './consumers/runConsumer'
import type { EventLogEngine } from './engine'
import type { ConsumerDefinition, ConsumerStatus, EventLog, RunningConsumer } from './eventLog'
import { createLiveSubscriptions } from './liveSubscriptions'
import type { Leases } from './mongo/leases'
import type { EventLogTelemetry } from './telemetry/eventLogTelemetry'

/** Creates an event log on an engine, and closes the engine with it. */
export function createEventLog(
  engine: EventLogEngine,
  leases: Leases,
  log: Log,
  telemetry?: EventLogTelemetry,
): EventLog {
  const consumers = new Map<RunningConsumer, ConsumerDefinition>()
  const subscriptions = createLiveSubscriptions(log)

  async function readStatus(
    { topic, consumer, readPosition }: ConsumerDefinition,
    { state }: RunningConsumer,
    timeoutMs: number,
  ): Promise<ConsumerStatus> {
    const readLag = async () => engine.readLag(topic, await readPosition())
    const lag = await withTimeout(timeoutMs, readLag()).catch(() => undefined)
    // A consumer that has failed, and has nothing to handle, has recovered.
    return { topic, consumer, state: state === 'stale' && lag?.events === 0 ? 'current' : state, lag }
  }

  const readConsumerStatus = (timeoutMs: number) =>
    Promise.all([...consumers].map(([running, definition]) => readStatus(definition, running, timeoutMs)))
  telemetry?.observeConsumers(readConsumerStatus)

  return {
    publish: (topic, events) =>
      telemetry
        ? telemetry.publishEvents(topic, events, (traced) => engine.publish(topic, traced))
        : engine.publish(topic, events),

    consume(definition) {
      const running = runConsumer({ engine, leases, definition, log, telemetry })
      consumers.set(running, definition)
      return {
        get state() {
          return running.state
        },
        async close() {
          await running.close()
          consumers.delete(running)
        },
      }
    },

    readConsumerStatus,

    isReachable: () => engine.isReachable(),

    readNewestPosition: (topic) => engine.readNewestPosition(topic),

    async subscribe(topic, { after, signal }) {
      const start = after ?? (await engine.readNewestPosition(topic))
      const read = (position: string, readSignal: AbortSignal) => engine.read(topic, position, readSignal)
      return subscriptions.subscribe(read, start, signal)
    },

    async close() {
      await subscriptions.closeAll()
      await Promise.all([...consumers.keys()].map((running) => running.close()))
      await engine.close()
    },
  }
}
