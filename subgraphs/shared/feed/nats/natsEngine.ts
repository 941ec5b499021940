import { DeliverPolicy, type Consumer, type JsMsg } from '@nats-io/jetstream'

import type { Engine } from '../engine'
import { FeedGap, type Delivery, type FeedEvent } from '../feed'
import { createPublisher } from '../publisher'
import { batchesOf } from './batches'
import { connectToNats } from './connect'
import { makeDurable } from './durable'
import { createStream, type Place, type Stream } from './stream'

export interface NatsEngineOptions {
  /** See {@link connectToNats}. */
  url: string
  /** Begins the names of the system's streams and subjects. */
  prefix: string
  /** How much of the past each topic keeps, in bytes. What is already there keeps its size. */
  bytes: number
}

interface OpenTopic {
  stream: Stream
  publish(events: readonly FeedEvent[]): Promise<void>
}

/**
 * The feed in NATS JetStream, one stream a topic. Works with servers from 2.9 on.
 *
 * @throws StartError when the server does not answer
 */
export async function openNatsEngine({ url, prefix, bytes }: NatsEngineOptions): Promise<Engine> {
  const connection = await connectToNats(url)
  const topics = new Map<string, OpenTopic>()

  function open(name: string): OpenTopic {
    const known = topics.get(name)
    if (known) return known
    const stream = createStream(connection, prefix, name, bytes)
    const opened = { stream, publish: createPublisher((events) => stream.append(events)) }
    topics.set(name, opened)
    return opened
  }

  return {
    publish: (name, events) => open(name).publish(events),
    newest: (name) => open(name).stream.newest(),

    async *read(name, after, signal) {
      const { stream } = open(name)
      const place = await stream.locate(after)
      const ordered = await stream.client.consumers.get(stream.name, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: place.number + 1,
      })
      for await (const { deliveries } of readFrom(stream, place, ordered, signal)) yield deliveries
    },

    async *readDurably(name, consumer, after, signal) {
      const { stream } = open(name)
      const place = await stream.locate(after)
      const durable = await makeDurable(stream, consumer, place.number)
      for await (const { deliveries, last } of readFrom(stream, place, durable, signal)) {
        yield deliveries
        await last.ackAck()
      }
    },

    close: () => connection.close(),
  }
}

interface Batch {
  deliveries: Delivery[]
  last: JsMsg
}

/** What a consumer gives that begins after a place. @throws FeedGap; an error when the server was lost */
async function* readFrom(
  stream: Stream,
  { epoch, number: from }: Place,
  consumer: Consumer,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  let number = from
  for await (const messages of batchesOf(consumer, signal)) {
    const fresh: JsMsg[] = []
    for (const message of messages) {
      // What is handled for long comes again meanwhile.
      if (message.seq <= number) continue
      if (message.seq !== number + 1) throw new FeedGap(stream.topic, `${number}`)
      fresh.push(message)
      number = message.seq
    }
    const last = fresh.at(-1)
    if (last) yield { deliveries: fresh.map((message) => stream.toDelivery(message, epoch)), last }
  }
}
