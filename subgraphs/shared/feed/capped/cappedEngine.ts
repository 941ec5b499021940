import type { mongo } from 'mongoose'

import type { Log } from '../../log'
import type { Engine } from '../engine'
import type { Delivery, FeedEvent } from '../feed'
import { createPublisher } from '../publisher'
import { append } from './append'
import { createTail, type Tail } from './tail'
import { createTopic, toDeliveries, toPlace, toPosition, type Topic } from './topic'

interface OpenTopic {
  topic: Topic
  tail: Tail
  publish(events: readonly FeedEvent[]): Promise<void>
}

/**
 * The feed in capped collections, one a topic, with tailable cursors.
 *
 * @param database the feed's own
 * @param bytes how much of the past each topic keeps; what is already there keeps its size
 */
export function createCappedEngine(database: mongo.Db, bytes: number, log: Log): Engine {
  const topics = new Map<string, OpenTopic>()

  function open(name: string): OpenTopic {
    const known = topics.get(name)
    if (known) return known
    const topic = createTopic(database, name, bytes)
    const tail = createTail(topic, log)
    const publish = createPublisher(async (events) => {
      await append(topic, events)
      tail.wake()
    })
    const opened = { topic, tail, publish }
    topics.set(name, opened)
    return opened
  }

  return {
    publish: (name, events) => open(name).publish(events),
    newest: async (name) => toPosition(await open(name).topic.newest()),
    read: (name, after, signal) => readAfter(open(name), after, signal),
    // A position is all that a consumer needs here.
    readDurably: (name, _, after, signal) => readAfter(open(name), after, signal),
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
  let place = toPlace(topic.name, after)
  for (;;) {
    signal.throwIfAborted()
    const seen = tail.version()
    const documents = tail.after(place) ?? (await topic.after(place))
    const last = documents.at(-1)
    if (last) {
      yield toDeliveries(documents)
      place = last
    } else await tail.changed(seen, signal)
  }
}
