import type { Log } from '../log'
import { runConsumer } from './consume'
import type { Engine } from './engine'
import type { Feed, RunningConsumer } from './feed'
import { createFollowers } from './follow'
import type { Leases } from './lease'

/** A feed on an engine, which it closes with itself. */
export function createFeed(engine: Engine, leases: Leases, log: Log): Feed {
  const consumers: RunningConsumer[] = []
  const followers = createFollowers(log)

  return {
    publish: (topic, events) => engine.publish(topic, events),

    consume(consumption) {
      const running = runConsumer({ engine, leases, consumption, log })
      consumers.push(running)
      return running
    },

    now: (topic) => engine.newest(topic),

    async follow(topic, { after, signal }) {
      const from = after ?? (await engine.newest(topic))
      return followers.follow((position, until) => engine.read(topic, position, until), from, signal)
    },

    async close() {
      await followers.end()
      await Promise.all(consumers.map((consumer) => consumer.close()))
      await engine.close()
    },
  }
}
