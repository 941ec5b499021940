import type { Log } from '../platform/log'
import { runConsumer } from './consumers/runConsumer'
import type { EventLogEngine } from './engine'
import type { EventLog, RunningConsumer } from './eventLog'
import { createLiveSubscriptions } from './liveSubscriptions'
import type { Leases } from './mongo/leases'

/** Creates an event log on an engine, and closes the engine with it. */
export function createEventLog(engine: EventLogEngine, leases: Leases, log: Log): EventLog {
  const consumers: RunningConsumer[] = []
  const subscriptions = createLiveSubscriptions(log)

  return {
    publish: (topic, events) => engine.publish(topic, events),

    consume(definition) {
      const running = runConsumer({ engine, leases, definition, log })
      consumers.push(running)
      return running
    },

    readNewestPosition: (topic) => engine.readNewestPosition(topic),

    isReachable: () => engine.isReachable(),

    async subscribe(topic, { after, signal }) {
      const start = after ?? (await engine.readNewestPosition(topic))
      const read = (position: string, readSignal: AbortSignal) => engine.read(topic, position, readSignal)
      return subscriptions.subscribe(read, start, signal)
    },

    async close() {
      await subscriptions.closeAll()
      await Promise.all(consumers.map((consumer) => consumer.close()))
      await engine.close()
    },
  }
}
