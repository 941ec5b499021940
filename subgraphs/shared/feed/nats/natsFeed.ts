import { DeliverPolicy } from '@nats-io/jetstream'

import type { Log } from '../../log'
import { runConsumer } from '../consume'
import { FeedGap, type Delivery, type Feed, type FeedEvent, type RunningConsumer } from '../feed'
import { createFollowers } from '../follow'
import { createPublisher } from '../publisher'
import { connectToNats } from './connect'
import { messagesOf } from './messages'
import { createSource } from './source'
import { createStream, type Stream } from './stream'

export interface NatsFeedOptions {
  /** See {@link connectToNats}. */
  url: string
  /** Begins the names of the system's streams and subjects. */
  prefix: string
  /** How much of the past each topic keeps, in bytes. What is already there keeps its size. */
  bytes: number
  log: Log
}

/**
 * The feed in NATS JetStream, one stream a topic. Works with servers from 2.9 on.
 *
 * @throws StartError when the server does not answer
 */
export async function openNatsFeed({ url, prefix, bytes, log }: NatsFeedOptions): Promise<Feed> {
  const connection = await connectToNats(url)
  const topics = new Map<string, { stream: Stream; publish(events: readonly FeedEvent[]): Promise<void> }>()
  const consumers: RunningConsumer[] = []
  const followers = createFollowers(log)

  function open(name: string) {
    const known = topics.get(name)
    if (known) return known
    const stream = createStream(connection, prefix, name, bytes)
    const opened = { stream, publish: createPublisher((events) => stream.append(events)) }
    topics.set(name, opened)
    return opened
  }

  return {
    publish: async (name, events) => open(name).publish(events),

    consume(consumption) {
      const { topic, consumer } = consumption
      const running = runConsumer(createSource(open(topic).stream, consumer), consumption, log)
      consumers.push(running)
      return running
    },

    now: async (name) => open(name).stream.newest(),

    async follow(name, { after, signal }) {
      const { stream } = open(name)
      const from = after ?? (await stream.newest())
      const read = (position: string, until: AbortSignal) => readAfter(stream, position, until)
      return followers.follow(read, from, signal)
    },

    async close() {
      followers.end()
      await Promise.all(consumers.map((consumer) => consumer.close()))
      await connection.close()
    },
  }
}

/** What comes after a position. @throws FeedGap; an error when the connection was lost */
async function* readAfter(stream: Stream, after: string, signal: AbortSignal): AsyncGenerator<Delivery[]> {
  const { epoch, number: from } = await stream.locate(after)
  let number = from
  const consumer = await stream.client.consumers.get(stream.name, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from + 1,
  })
  for await (const message of messagesOf(consumer, 500, signal)) {
    if (message.seq !== number + 1) throw new FeedGap(stream.topic, `${number}`)
    yield [stream.toDelivery(message, epoch)]
    number = message.seq
  }
}
