import { DeliverPolicy, type Consumer, type JsMsg } from '@nats-io/jetstream'
import type { Log } from '../../platform/log'
import type { EventLogEngine } from '../engine'
import { EventLogGapError, type Delivery, type DomainEvent } from '../eventLog'
import { createBatchingPublisher } from '../publisher'
import { readMessageBatches } from './messageBatches'
import { openNatsLink } from './connection'
import { createDurableConsumer } from './durableConsumer'
import { createTopicStream, type StreamPosition, type TopicStream } from './topicStream'

interface NatsEngineOptions {
  /** See {@link openNatsLink}. */
  url: string
  /** See {@link openNatsLink}. */
  startsWithoutServer: boolean
  /** The copies of each topic in a cluster. Default: 3 where the cluster has three servers, otherwise 1. */
  replicas?: number | undefined
  log: Log
  /** The prefix of the system's streams and subjects. */
  prefix: string
  /** The retention of new topics; existing ones keep their size. */
  maxTopicBytes: number
}

interface OpenTopic {
  stream: TopicStream
  publish(events: readonly DomainEvent[]): Promise<void>
}

/**
 * Opens an engine that stores each topic in a stream of NATS JetStream, version 2.9 or later.
 *
 * @throws StartupError as {@link openNatsLink}
 */
export async function openNatsEngine({
  url,
  startsWithoutServer,
  prefix,
  maxTopicBytes,
  replicas,
  log,
}: NatsEngineOptions): Promise<EventLogEngine> {
  const link = await openNatsLink({ url, startsWithoutServer, log })
  const topics = new Map<string, OpenTopic>()

  function openTopic(name: string): OpenTopic {
    const cached = topics.get(name)
    if (cached) return cached
    const stream = createTopicStream(link.requireConnection(), {
      prefix,
      topic: name,
      maxBytes: maxTopicBytes,
      replicas,
      log,
    })
    const opened = { stream, publish: createBatchingPublisher((events) => stream.append(events)) }
    topics.set(name, opened)
    return opened
  }

  return {
    publish: async (name, events) => openTopic(name).publish(events),
    readLag: async (name, after) => openTopic(name).stream.readLag(after),
    readNewestPosition: async (name) => openTopic(name).stream.readNewestPosition(),
    isReachable: () => link.isReachable(),

    async *read(name, after, signal) {
      const { stream } = openTopic(name)
      const position = await stream.locate(after)
      const ordered = await stream.client.consumers.get(stream.name, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: position.number + 1,
      })
      for await (const { deliveries } of readAfter(stream, position, ordered, signal)) yield deliveries
    },

    async *readAsConsumer(name, consumer, after, signal) {
      const { stream } = openTopic(name)
      const position = await stream.locate(after)
      const durable = await createDurableConsumer(stream, consumer, position.number)
      for await (const { deliveries, last } of readAfter(stream, position, durable, signal)) {
        yield deliveries
        await last.ackAck()
      }
    },

    close: () => link.close(),
  }
}

interface Batch {
  deliveries: Delivery[]
  last: JsMsg
}

/**
 * Yields the events of a consumer that begins after a position. @throws EventLogGapError; another error when
 * the server is lost
 */
async function* readAfter(
  stream: TopicStream,
  { epoch, number: start }: StreamPosition,
  consumer: Consumer,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  let number = start
  for await (const messages of readMessageBatches(consumer, signal)) {
    const received: JsMsg[] = []
    for (const message of messages) {
      // The server redelivers messages whose batch takes longer than the acknowledgement timeout.
      if (message.seq <= number) continue
      if (message.seq !== number + 1) throw new EventLogGapError(stream.topic, `${number}`)
      received.push(message)
      number = message.seq
    }
    const last = received.at(-1)
    if (last) yield { deliveries: received.map((message) => stream.toDelivery(message, epoch)), last }
  }
}
