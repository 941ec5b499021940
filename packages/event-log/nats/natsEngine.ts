import { DeliverPolicy, type Consumer, type JsMsg } from '@nats-io/jetstream'

import type { EventLogEngine } from '../engine'
import { EventLogGapError, type Delivery, type DomainEvent } from '../eventLog'
import { createBatchingPublisher } from '../publisher'
import { readMessageBatches } from './messageBatches'
import { connectToNats } from './connection'
import { createDurableConsumer } from './durableConsumer'
import { createTopicStream, type StreamPosition, type TopicStream } from './topicStream'

export interface NatsEngineOptions {
  /** See {@link connectToNats}. */
  url: string
  /** Begins the names of the system's streams and subjects. */
  prefix: string
  /** How much of the past each topic keeps, in bytes. What is already there keeps its size. */
  maxTopicBytes: number
}

interface OpenTopic {
  stream: TopicStream
  publish(events: readonly DomainEvent[]): Promise<void>
}

/**
 * The feed in NATS JetStream, one stream a topic. Works with servers from 2.9 on.
 *
 * @throws StartError when the server does not answer
 */
export async function openNatsEngine({
  url,
  prefix,
  maxTopicBytes,
}: NatsEngineOptions): Promise<EventLogEngine> {
  const connection = await connectToNats(url)
  const topics = new Map<string, OpenTopic>()

  function open(name: string): OpenTopic {
    const known = topics.get(name)
    if (known) return known
    const stream = createTopicStream(connection, prefix, name, maxTopicBytes)
    const opened = { stream, publish: createBatchingPublisher((events) => stream.append(events)) }
    topics.set(name, opened)
    return opened
  }

  return {
    publish: (name, events) => open(name).publish(events),
    readNewestPosition: (name) => open(name).stream.readNewestPosition(),

    async *read(name, after, signal) {
      const { stream } = open(name)
      const place = await stream.locate(after)
      const ordered = await stream.client.consumers.get(stream.name, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: place.number + 1,
      })
      for await (const { deliveries } of readFrom(stream, place, ordered, signal)) yield deliveries
    },

    async *readAsConsumer(name, consumer, after, signal) {
      const { stream } = open(name)
      const place = await stream.locate(after)
      const durable = await createDurableConsumer(stream, consumer, place.number)
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
  stream: TopicStream,
  { epoch, number: from }: StreamPosition,
  consumer: Consumer,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  let number = from
  for await (const messages of readMessageBatches(consumer, signal)) {
    const fresh: JsMsg[] = []
    for (const message of messages) {
      // What is handled for long comes again meanwhile.
      if (message.seq <= number) continue
      if (message.seq !== number + 1) throw new EventLogGapError(stream.topic, `${number}`)
      fresh.push(message)
      number = message.seq
    }
    const last = fresh.at(-1)
    if (last) yield { deliveries: fresh.map((message) => stream.toDelivery(message, epoch)), last }
  }
}
