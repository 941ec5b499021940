import type { mongo } from 'mongoose'

import type { Log } from '../../platform/log'
import type { EventLogEngine } from '../engine'
import type { Delivery, DomainEvent } from '../eventLog'
import { createBatchingPublisher } from '../publisher'
import { appendEvents } from './appendEvents'
import { isDatabaseReachable } from './connection'
import { createCappedTail, type CappedTail } from './cappedTail'
import {
  createCappedTopic,
  formatPosition,
  parsePosition,
  toDeliveries,
  type CappedTopic,
} from './cappedTopic'

interface OpenTopic {
  topic: CappedTopic
  tail: CappedTail
  publish(events: readonly DomainEvent[]): Promise<void>
}

/**
 * Creates an engine that stores each topic in a capped collection and reads it with a tailable cursor.
 *
 * @param database the log's own
 * @param maxTopicBytes the retention of new topics; existing ones keep their size
 */
export function createCappedEngine(database: mongo.Db, maxTopicBytes: number, log: Log): EventLogEngine {
  const topics = new Map<string, OpenTopic>()

  function openTopic(name: string): OpenTopic {
    const cached = topics.get(name)
    if (cached) return cached
    const topic = createCappedTopic(database, name, maxTopicBytes)
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
    publish: (name, events) => openTopic(name).publish(events),
    readLag: (name, after) => openTopic(name).topic.readLag(after),
    isReachable: () => isDatabaseReachable(database),
    readNewestPosition: async (name) => formatPosition(await openTopic(name).topic.readNewest()),
    read: (name, after, signal) => readAfter(openTopic(name), after, signal),
    // This engine keeps no state of consumers; their positions suffice.
    readAsConsumer: (name, _, after, signal) => readAfter(openTopic(name), after, signal),
    async close() {
      await Promise.all([...topics.values()].map(({ tail }) => tail.close()))
    },
  }
}

/** Yields the events after a position: from the tail's memory if it contains them, otherwise from the collection. */
async function* readAfter(
  { topic, tail }: OpenTopic,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Delivery[]> {
  let position = parsePosition(topic.name, after)
  for (;;) {
    signal.throwIfAborted()
    const version = tail.version()
    const documents = tail.readAfter(position) ?? (await topic.readAfter(position))
    const last = documents.at(-1)
    if (last) {
      yield toDeliveries(documents)
      position = last
    } else await tail.waitForChange(version, signal)
  }
}
