import type { Log } from '../platform/log'
import { runConsumer } from './consumers/runConsumer'
import type { EventLogEngine } from './engine'
import type { EventLog, RunningConsumer } from './eventLog'
import { createLiveSubscriptions } from './liveSubscriptions'
import type { Leases } from './mongo/leases'

/** A feed on an engine, which it closes with itself. */
export function createEventLog(engine: EventLogEngine, leases: Leases, log: Log): EventLog {
  const consumers: RunningConsumer[] = []
  const followers = createLiveSubscriptions(log)

  return {
    publish: (topic, events) => engine.publish(topic, events),

    consume(consumption) {
      const running = runConsumer({ engine, leases, definition: consumption, log })
      consumers.push(running)
      return running
    },

    readNewestPosition: (topic) => engine.readNewestPosition(topic),

    async subscribe(topic, { after, signal }) {
      const from = after ?? (await engine.readNewestPosition(topic))
      return followers.subscribe((position, until) => engine.read(topic, position, until), from, signal)
    },

    async close() {
      await followers.closeAll()
      await Promise.all(consumers.map((consumer) => consumer.close()))
      await engine.close()
    },
  }
}
