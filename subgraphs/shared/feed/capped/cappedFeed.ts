import { openDatabase } from '../../database'
import type { Log } from '../../log'
import { runConsumer, type Source } from '../consume'
import type { Delivery, Feed, FeedEvent, RunningConsumer } from '../feed'
import { createFollowers } from '../follow'
import { createPublisher } from '../publisher'
import { append } from './append'
import { createLeases } from './lease'
import { createTail, type Tail } from './tail'
import { createTopic, toDeliveries, toPlace, toPosition, type Topic } from './topic'

export interface CappedFeedOptions {
  /** The MongoDB server. */
  uri: string
  /** The feed's own database on it. */
  database: string
  /** How much of the past each topic keeps, in bytes. What is already there keeps its size. */
  bytes: number
  log: Log
}

interface OpenTopic {
  topic: Topic
  tail: Tail
  publish(events: readonly FeedEvent[]): Promise<void>
}

/**
 * The feed in capped collections, one a topic, with tailable cursors.
 *
 * @throws StartError when the server does not answer
 */
export async function openCappedFeed({ uri, database, bytes, log }: CappedFeedOptions): Promise<Feed> {
  const connection = await openDatabase(uri, database)
  const db = connection.getClient().db(database)
  const leases = createLeases(db)
  const topics = new Map<string, OpenTopic>()
  const consumers: RunningConsumer[] = []
  const followers = createFollowers(log)

  function open(name: string): OpenTopic {
    const known = topics.get(name)
    if (known) return known
    const topic = createTopic(db, name, bytes)
    const tail = createTail(topic, log)
    const publish = createPublisher(async (events) => {
      await append(topic, events)
      tail.wake()
    })
    const opened = { topic, tail, publish }
    topics.set(name, opened)
    return opened
  }

  const now = async (name: string) => toPosition(await open(name).topic.newest())

  const sourceOf = (name: string, consumer: string): Source => {
    const { topic, tail } = open(name)
    return {
      alone: (work, signal) => leases.hold(`${name}/${consumer}`, work, signal),
      async *read(position, signal) {
        yield* readAfter(topic, tail, await position(), signal)
      },
      restart: () => now(name),
    }
  }

  return {
    publish: async (name, events) => open(name).publish(events),

    consume(consumption) {
      const running = runConsumer(sourceOf(consumption.topic, consumption.consumer), consumption, log)
      consumers.push(running)
      return running
    },

    now,

    async follow(name, { after, signal }) {
      const { topic, tail } = open(name)
      const from = after ?? (await now(name))
      const read = (position: string, until: AbortSignal) => readAfter(topic, tail, position, until)
      return followers.follow(read, from, signal)
    },

    async close() {
      followers.end()
      await Promise.all(consumers.map((consumer) => consumer.close()))
      await Promise.all([...topics.values()].map(({ tail }) => tail.close()))
      await connection.close()
    },
  }
}

/** What comes after a position: from memory where that has it, else from the topic. @throws FeedGap, AbortError */
async function* readAfter(
  topic: Topic,
  tail: Tail,
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
