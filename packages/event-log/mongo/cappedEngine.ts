import type { mongo } from 'mongoose'

import type { Log } from '../../platform/log'
import type { EventLogEngine } from '../engine'
import type { Delivery, DomainEvent } from '../eventLog'
import { createBatchingPublisher } from '../publisher'
import { appendEvents } from './appendEvents'
import { createCappedTail, type CappedTail } from './cappedTail'
import {
  createCappedTopic,
  toDeliveries,
  parsePosition,
  formatPosition,
  type CappedTopic,
} from './cappedTopic'

interface OpenTopic {
  topic: CappedTopic
  tail: CappedTail
  publish(events: readonly DomainEvent[]): Promise<void>
}

/**
 * The feed in capped collections, one a topic, with tailable cursors.
 *
 * @param database the feed's own
 * @param bytes how much of the past each topic keeps; what is already there keeps its size
 */
export function createCappedEngine(database: mongo.Db, bytes: number, log: Log): EventLogEngine {
  const topics = new Map<string, OpenTopic>()

  function open(name: string): OpenTopic {
    const known = topics.get(name)
    if (known) return known
    const topic = createCappedTopic(database, name, bytes)
    const tail = createCappedTail(topic, log)
    const publish = createBatchingPublisher(async (events) => {
      await appendEvents(topic, events)
      tail.wake()
    })
    const opened = { topic, tail, publish }
    topics.set(name, opened)
    return opened
  }

  return {
    publish: (name, events) => open(name).publish(events),
    readNewestPosition: async (name) => formatPosition(await open(name).topic.readNewest()),
    read: (name, after, signal) => readAfter(open(name), after, signal),
    // A position is all that a consumer needs here.
    readAsConsumer: (name, _, after, signal) => readAfter(open(name), after, signal),
    async close() {
      await Promise.all([...topics.values()].map(({ tail }) => tail.close()))
    },
  }
}

/** What comes after a position: from memory where that has it, else from the topic. @throws FeedGap, AbortError */
async function* readAfter(
  { topic, tail }: OpenTopic,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Delivery[]> {
  let place = parsePosition(topic.name, after)
  for (;;) {
    signal.throwIfAborted()
    const seen = tail.version()
    const documents = tail.readAfter(place) ?? (await topic.readAfter(place))
    const last = documents.at(-1)
    if (last) {
      yield toDeliveries(documents)
      place = last
    } else await tail.waitForChange(seen, signal)
  }
}
